// Perf Analyzer's --request-intervals: a whole number of microseconds a line, the time from one
// request to the next. As there, the first request comes one interval after the start; it repeats
// the file until it is stopped, here it is read once.
#include <charconv>

#include "core/limits.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

constexpr std::int64_t kNsPerInterval = 1'000;  // of its unit, 1 us

class IntervalsTrace final : public TraceFormat {
 public:
  explicit IntervalsTrace(std::unique_ptr<TextLines> lines) : lines_(std::move(lines)) {}

  Result<bool> next(Arrival& out) override {
    const Result<bool> more = next_row(*lines_);
    if (!more || !*more) {
      return more;
    }
    const std::string_view text = lines_->text();
    std::uint64_t interval = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, interval);
    constexpr std::uint64_t kMostMicros = std::uint64_t{kMaxTimeNs} / kNsPerInterval;
    if (error != std::errc{} || stop != end || interval > kMostMicros) {
      return lines_->refuse_at(0, quoted_field(text),
                               "an interval as a whole number of microseconds below 36 years");
    }
    now_ns_ += static_cast<std::int64_t>(interval) * kNsPerInterval;
    if (now_ns_ > kMaxTimeNs) {
      return lines_->refuse_at(0, quoted_field(text), "intervals of less than 36 years in all");
    }
    out = Arrival{};
    out.time = at_ns(now_ns_);
    return true;
  }

  [[nodiscard]] std::string_view time_text() const override { return lines_->text(); }
  [[nodiscard]] const TextLines& lines() const override { return *lines_; }
  [[nodiscard]] std::string_view name() const override { return intervals_trace_format().name; }
  [[nodiscard]] TraceColumns columns() const override { return {}; }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return one_queue_name();
  }

 private:
  std::unique_ptr<TextLines> lines_;
  std::int64_t now_ns_ = 0;
};

std::unique_ptr<TraceFormat> make_intervals(std::unique_ptr<TextLines> lines) {
  return std::make_unique<IntervalsTrace>(std::move(lines));
}

constexpr TraceFormatInfo kIntervals = {
    .name = "perf-analyzer-intervals",
    .summary = "Perf Analyzer's --request-intervals: microseconds, one a line (has to be named)",
    .make_reader = make_intervals};

}  // namespace

const TraceFormatInfo& intervals_trace_format() {
  return kIntervals;
}

}  // namespace lockstep
