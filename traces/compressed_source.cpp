#include "traces/compressed_source.h"

#include <algorithm>
#include <string_view>

namespace lockstep {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kGzipStart = "\x1f\x8b"sv;
constexpr std::string_view kZstdStart = "\x28\xb5\x2f\xfd"sv;
constexpr std::string_view kSkippedFrame = "\x2a\x4d\x18"sv;  // behind a byte of 0x50 to 0x5f

// pzstd, among others, begins with a frame for itself.
bool begins_as_zstd(std::string_view bytes) {
  return bytes.starts_with(kZstdStart) ||
         (bytes.size() >= 4 && (static_cast<unsigned char>(bytes[0]) & 0xf0) == 0x50 &&
          bytes.substr(1, 3) == kSkippedFrame);
}

// The bytes of another source, of which the first few were looked at; counts what it hands out.
class PeekedSource final : public ByteSource {
 public:
  explicit PeekedSource(std::unique_ptr<ByteSource> rest) : rest_(std::move(rest)) {
    first_.resize(kZstdStart.size());
    first_.resize(rest_->read(first_));
    failure_ = rest_->failure();
  }

  std::size_t read(std::span<char> out) override {
    const std::size_t ready = std::min(out.size(), first_.size() - handed_out_);
    std::copy_n(first_.data() + handed_out_, ready, out.data());
    handed_out_ += ready;
    std::size_t count = ready;
    if (count < out.size() && failure_.empty()) {
      count += rest_->read(out.subspan(ready));
      failure_ = rest_->failure();
    }
    byte_count_ += count;
    return count;
  }

  [[nodiscard]] std::string_view first_bytes() const { return first_; }
  [[nodiscard]] std::uint64_t byte_count() const { return byte_count_; }

 private:
  std::unique_ptr<ByteSource> rest_;
  std::string first_;
  std::size_t handed_out_ = 0;
  std::uint64_t byte_count_ = 0;
};

// Stops a stream that holds more than a trace of its size can.
class LimitedSource final : public ByteSource {
 public:
  // `packed` is what `unpacked` reads from, and lives as long.
  LimitedSource(std::unique_ptr<ByteSource> unpacked, const PeekedSource& packed,
                const UnpackLimits& limits)
      : unpacked_(std::move(unpacked)), packed_(packed), limits_(limits) {}

  std::size_t read(std::span<char> out) override {
    const std::size_t count = unpacked_->read(out);
    failure_ = unpacked_->failure();
    byte_count_ += count;
    if (byte_count_ > limits_.free_bytes &&
        byte_count_ / limits_.max_ratio >= packed_.byte_count()) {
      failure_ = "found " + std::to_string(packed_.byte_count()) + " compressed bytes that hold " +
                 std::to_string(byte_count_) +
                 " bytes or more (a decompression bomb?), expected at most " +
                 std::to_string(limits_.max_ratio) + " for each; decompress the file yourself";
      return 0;
    }
    return count;
  }

 private:
  std::unique_ptr<ByteSource> unpacked_;
  const PeekedSource& packed_;
  UnpackLimits limits_;
  std::uint64_t byte_count_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> unpacked_source(std::unique_ptr<ByteSource> bytes,
                                            const UnpackLimits& limits) {
  auto peeked = std::make_unique<PeekedSource>(std::move(bytes));
  const PeekedSource& packed = *peeked;
  if (packed.first_bytes().starts_with(kGzipStart)) {
    return std::make_unique<LimitedSource>(gzip_source(std::move(peeked)), packed, limits);
  }
  if (begins_as_zstd(packed.first_bytes())) {
    return std::make_unique<LimitedSource>(zstd_source(std::move(peeked)), packed, limits);
  }
  return peeked;
}

}  // namespace lockstep
