#include "traces/output_file.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

#include <zstd.h>

namespace lockstep {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{128} * 1024;
constexpr int kZstdLevel = 3;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

class PlainFile final : public ByteSink {
 public:
  PlainFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {
    // Our buffer is the only one, so that every write's error is seen where it happens.
    std::setvbuf(file, nullptr, _IONBF, 0);
    buffer_.reserve(kBufferBytes);
  }

  void write(std::string_view bytes) override {
    if (buffer_.size() + bytes.size() > kBufferBytes) {
      flush();
    }
    if (bytes.size() > kBufferBytes) {
      put(bytes);
    } else {
      buffer_.append(bytes);
    }
  }

  Result<void> close() override {
    flush();
    errno = 0;
    if (file_ != nullptr && std::fclose(file_.release()) != 0 && error_ == 0) {
      error_ = errno;
    }
    if (error_ != 0) {
      return io_error(path_ + ": cannot write it: " + std::generic_category().message(error_));
    }
    return {};
  }

 private:
  void flush() {
    put(buffer_);
    buffer_.clear();
  }

  void put(std::string_view bytes) {
    if (error_ != 0 || bytes.empty()) {
      return;
    }
    errno = 0;
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
      error_ = errno != 0 ? errno : EIO;
    }
  }

  std::string path_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::string buffer_;
  int error_ = 0;
};

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class ZstdFile final : public ByteSink {
 public:
  ZstdFile(std::string path, std::unique_ptr<ByteSink> file)
      : path_(std::move(path)),
        file_(std::move(file)),
        context_(ZSTD_createCCtx()),
        packed_(ZSTD_CStreamOutSize()) {
    note(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel));
    note(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1));
    plain_.reserve(kBufferBytes);
  }

  void write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const std::size_t count = std::min(bytes.size(), kBufferBytes - plain_.size());
      plain_.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
      if (plain_.size() == kBufferBytes) {
        compress(ZSTD_e_continue);
      }
    }
  }

  Result<void> close() override {
    compress(ZSTD_e_end);
    const Result<void> closed = file_->close();
    if (closed && !problem_.empty()) {
      return io_error(path_ + ": cannot compress: " + problem_);
    }
    return closed;
  }

 private:
  void compress(ZSTD_EndDirective directive) {
    ZSTD_inBuffer input{plain_.data(), plain_.size(), 0};
    bool done = false;
    while (!done && problem_.empty()) {
      ZSTD_outBuffer output{packed_.data(), packed_.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context_.get(), &output, &input, directive);
      note(left);
      file_->write({packed_.data(), output.pos});
      done = directive == ZSTD_e_end ? left == 0 : input.pos == input.size;
    }
    plain_.clear();
  }

  void note(std::size_t code) {
    if (ZSTD_isError(code) != 0 && problem_.empty()) {
      problem_ = ZSTD_getErrorName(code);
    }
  }

  std::string path_;
  std::unique_ptr<ByteSink> file_;
  std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
  std::string plain_;
  std::vector<char> packed_;
  std::string problem_;
};

}  // namespace

Result<std::unique_ptr<ByteSink>> create_output_file(const std::string& path) {
  errno = 0;
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) {
    return io_error(path + ": cannot create it: " + std::generic_category().message(errno));
  }
  return std::make_unique<PlainFile>(path, file);
}

Result<std::unique_ptr<ByteSink>> create_zstd_file(const std::string& path) {
  Result<std::unique_ptr<ByteSink>> file = create_output_file(path);
  if (!file) {
    return file;
  }
  return std::make_unique<ZstdFile>(path, std::move(*file));
}

}  // namespace lockstep
