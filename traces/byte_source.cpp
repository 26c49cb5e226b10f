#include "traces/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include <zstd.h>

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

struct FreeContext {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class ZstdSource final : public ByteSource {
 public:
  explicit ZstdSource(std::unique_ptr<ByteSource> packed)
      : packed_(std::move(packed)), context_(ZSTD_createDCtx()), buffer_(ZSTD_DStreamInSize()) {}

  std::size_t read(std::span<char> out) override {
    ZSTD_outBuffer target{out.data(), out.size(), 0};
    while (target.pos < target.size && failure_.empty()) {
      if (input_.pos == input_.size && !drained_) {
        refill();
      }
      const std::size_t out_before = target.pos;
      const std::size_t in_before = input_.pos;
      const std::size_t left = ZSTD_decompressStream(context_.get(), &target, &input_);
      if (ZSTD_isError(left) != 0) {
        failure_ = "found damaged zstd data (" + std::string(ZSTD_getErrorName(left)) +
                   "), expected the stream to go on";
        break;
      }
      // A call that moves nothing asks for the next frame, whether or not there is one.
      const bool moved = target.pos != out_before || input_.pos != in_before;
      if (moved) {
        frame_open_ = left != 0;
      } else if (drained_) {
        finish();
        break;
      }
    }
    return target.pos;
  }

 private:
  void refill() {
    const std::size_t count = packed_->read(buffer_);
    drained_ = count < buffer_.size();
    input_ = ZSTD_inBuffer{buffer_.data(), count, 0};
    if (!packed_->failure().empty()) {
      failure_ = packed_->failure();
    }
  }

  void finish() {
    if (frame_open_) {
      failure_ = "found the end of the file inside a zstd stream (truncated?), expected more data";
    }
  }

  std::unique_ptr<ByteSource> packed_;
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
  std::vector<char> buffer_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool drained_ = false;
  bool frame_open_ = true;  // an empty file is no stream either
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

Result<std::unique_ptr<ByteSource>> open_zstd_source(const std::string& path) {
  Result<std::unique_ptr<ByteSource>> packed = open_file_source(path);
  if (!packed) {
    return packed;
  }
  return std::make_unique<ZstdSource>(std::move(*packed));
}

}  // namespace lockstep
