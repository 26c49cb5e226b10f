#include "sim/window_times.h"

#include <string>
#include <utility>

#include "core/time.h"

namespace lockstep {
namespace {

UnitGap gap_of(const ServegenWindow& window, bool by_shape) {
  switch (window.family) {
    case GapFamily::kGamma:
      return by_shape ? UnitGap::gamma_of_shape(window.shape_millionths)
                      : UnitGap::gamma(window.cv_millionths);
    case GapFamily::kWeibull:
      return by_shape ? UnitGap::weibull_of_shape(window.shape_millionths)
                      : UnitGap::weibull(window.cv_millionths);
    case GapFamily::kConstant:
    case GapFamily::kExponential:
      break;
  }
  return UnitGap::constant();
}

class WindowTimes final : public ArrivalTimes {
 public:
  WindowTimes(std::vector<ServegenWindow> windows, bool by_shape, Prng gaps)
      : windows_(std::move(windows)), by_shape_(by_shape), ahead_(gaps), replayed_(gaps) {}

  std::int64_t next_ns() override {
    while (left_ == 0) {
      if (next_ == windows_.size()) {
        return kNoArrival;
      }
      begin(windows_[next_]);
      ++next_;
    }
    --left_;
    position_ = position_.plus(gap_.next(replayed_));
    const auto most = static_cast<WideUnsigned>(length_ns_ - 1);
    return start_ns_ + static_cast<std::int64_t>(position_.times(stretch_).units(0, most));
  }

 private:
  void begin(const ServegenWindow& window) {
    left_ = window.request_count();
    if (left_ == 0) {
      return;
    }
    gap_ = gap_of(window, by_shape_);
    start_ns_ = window.start_ns;
    length_ns_ = window.length_ns;
    position_ = ScaledNumber();
    replayed_ = ahead_;
    ScaledNumber sum;
    for (std::uint64_t i = 0; i <= left_; ++i) {
      sum = sum.plus(gap_.next(ahead_));
    }
    const ScaledNumber length = ScaledNumber::of(static_cast<WideUnsigned>(length_ns_));
    // Gaps that are all below 2^-4000 leave nothing to stretch: all at the beginning.
    stretch_ = sum.is_zero() ? ScaledNumber() : length.divided_by(sum);
  }

  std::vector<ServegenWindow> windows_;
  bool by_shape_;
  Prng ahead_;     // where the next window's gaps begin
  Prng replayed_;  // within this window
  std::size_t next_ = 0;
  std::uint64_t left_ = 0;  // requests of this window
  UnitGap gap_ = UnitGap::constant();
  std::int64_t start_ns_ = 0;
  std::int64_t length_ns_ = 1;
  ScaledNumber position_{};  // of the last arrival, before stretching
  ScaledNumber stretch_{};
};

}  // namespace

Result<SourceWindows> source_windows(const ServegenSource& source) {
  Result<ServegenFile> file = read_servegen_windows(source.path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  std::erase_if(file->windows,
                [&](const ServegenWindow& window) { return window.start_ns < source.from_ns; });
  if (file->windows.empty()) {
    return bad_input(source.path + ": found no window at or after from=" +
                     to_decimal_text(SimDuration{source.from_ns}) + ", expected one");
  }
  for (ServegenWindow& window : file->windows) {
    constexpr WideUnsigned kFastest = 1'000'000'000'000'000'000;
    const WideUnsigned scaled =
        static_cast<WideUnsigned>(window.rate_nano) * source.scale_millionths / 1'000'000;
    if (scaled >= kFastest) {
      return bad_input(source.path +
                       ": found a window of 10^9 requests/s and more after scale=, "
                       "expected fewer");
    }
    window.rate_nano = static_cast<std::uint64_t>(scaled);
    window.start_ns -= source.from_ns;
  }
  return SourceWindows{std::move(file->windows), file->content_digest};
}

std::unique_ptr<ArrivalTimes> window_times(std::vector<ServegenWindow> windows, bool by_shape,
                                           Prng gaps) {
  return std::make_unique<WindowTimes>(std::move(windows), by_shape, gaps);
}

}  // namespace lockstep
