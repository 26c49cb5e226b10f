#include "traces/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace lockstep {
namespace {

std::string os_text(int error) {
  return std::generic_category().message(error);
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) {
      std::fclose(file);
    }
  }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

class FileSource final : public ByteSource {
 public:
  explicit FileSource(File file) : file_(std::move(file)) {}

  std::size_t read(std::span<char> out) override {
    errno = 0;
    const std::size_t count = std::fread(out.data(), 1, out.size(), file_.get());
    if (count < out.size() && std::ferror(file_.get()) != 0) {
      failure_ = "found a read error (" + os_text(errno) + "), expected more data";
    }
    return count;
  }

 private:
  File file_;
};

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string_view text) : rest_(text) {}

  std::size_t read(std::span<char> out) override {
    const std::size_t count = std::min(out.size(), rest_.size());
    std::copy_n(rest_.data(), count, out.data());
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file_source(const std::string& path) {
  if (path == "-") {
    return std::make_unique<FileSource>(File(stdin));
  }
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return bad_input(path + ": found a directory, expected a file");
  }
  errno = 0;
  File file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    return io_error(path + ": cannot open it: " + os_text(errno));
  }
  return std::make_unique<FileSource>(std::move(file));
}

std::unique_ptr<ByteSource> text_source(std::string_view text) {
  return std::make_unique<TextSource>(text);
}

}  // namespace lockstep
