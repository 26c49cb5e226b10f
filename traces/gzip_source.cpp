// gzip streams, through zlib.
#include <algorithm>
#include <vector>

#include <zlib.h>

#include "traces/compressed_source.h"

namespace lockstep {
namespace {

constexpr std::size_t kInputBytes = std::size_t{64} * 1024;
constexpr int kGzipWindowBits = 15 + 16;  // zlib: the largest window, gzip's header only

class GzipSource final : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> packed)
      : packed_(std::move(packed)), buffer_(kInputBytes) {
    ready_ = inflateInit2(&stream_, kGzipWindowBits) == Z_OK;
    if (!ready_) {
      failure_ = "found no memory to decompress gzip data, expected some";
    }
  }
  ~GzipSource() override {
    if (ready_) {
      inflateEnd(&stream_);
    }
  }

  std::size_t read(std::span<char> out) override {
    std::size_t count = 0;
    while (count < out.size() && failure_.empty()) {
      if (stream_.avail_in == 0 && !drained_) {
        refill();
      }
      if (stream_.avail_in == 0 && drained_) {
        finish();
        break;
      }
      count += inflate_into(out.subspan(count));
    }
    return count;
  }

 private:
  void refill() {
    const std::size_t count = packed_->read(buffer_);
    drained_ = count < buffer_.size();
    stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_in = static_cast<uInt>(count);
    if (!packed_->failure().empty()) {
      failure_ = packed_->failure();
    }
  }

  std::size_t inflate_into(std::span<char> out) {
    constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;
    const std::size_t wanted = std::min(out.size(), kMostAtOnce);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(wanted);
    inside_ = true;
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    if (outcome == Z_STREAM_END) {
      inside_ = false;
      ++stream_count_;
      inflateReset(&stream_);  // keeps what is left of the input
    } else if (outcome == Z_DATA_ERROR && stream_count_ > 0 && stream_.total_out == 0) {
      failure_ = "found other data behind the gzip data, expected the end of the file";
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      failure_ = "found damaged gzip data (" +
                 std::string(stream_.msg == nullptr ? "out of memory" : stream_.msg) +
                 "), expected the stream to go on";
    }
    return wanted - stream_.avail_out;
  }

  void finish() {
    if (inside_ || stream_count_ == 0) {
      failure_ = "found the end of the file inside gzip data (truncated?), expected more data";
    }
  }

  std::unique_ptr<ByteSource> packed_;
  std::vector<char> buffer_;
  z_stream stream_{};
  std::uint64_t stream_count_ = 0;  // that ended well
  bool ready_ = false;
  bool drained_ = false;
  bool inside_ = false;  // a stream has begun and not ended
};

}  // namespace

std::unique_ptr<ByteSource> gzip_source(std::unique_ptr<ByteSource> packed) {
  return std::make_unique<GzipSource>(std::move(packed));
}

}  // namespace lockstep
