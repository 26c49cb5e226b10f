// zstd streams, through libzstd.
#include <vector>

#include <zstd.h>
#include <zstd_errors.h>

#include "traces/compressed_source.h"

namespace lockstep {
namespace {

struct FreeDecompressor {
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
      if (ZSTD_isError(left) != 0 && frame_count_ > 0 && !frame_open_) {
        failure_ = "found other data behind the zstd data, expected the end of the file";
        break;
      }
      if (ZSTD_getErrorCode(left) == ZSTD_error_frameParameter_windowTooLarge) {
        failure_ =
            "found zstd data with a window above 128 MiB (zstd --long=28 or more), expected "
            "a smaller one; decompress the file yourself: zstd -d --long=31";
        break;
      }
      if (ZSTD_isError(left) != 0) {
        failure_ = "found damaged zstd data (" + std::string(ZSTD_getErrorName(left)) +
                   "), expected the stream to go on";
        break;
      }
      // A call that moves nothing asks for the next frame, whether or not there is one.
      const bool moved = target.pos != out_before || input_.pos != in_before;
      if (moved) {
        frame_open_ = left != 0;
        frame_count_ += left == 0 ? 1u : 0u;
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
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context_;
  std::vector<char> buffer_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  std::uint64_t frame_count_ = 0;  // that ended well
  bool drained_ = false;
  bool frame_open_ = true;  // an empty file is no stream either
};

}  // namespace

std::unique_ptr<ByteSource> zstd_source(std::unique_ptr<ByteSource> packed) {
  return std::make_unique<ZstdSource>(std::move(packed));
}

}  // namespace lockstep
