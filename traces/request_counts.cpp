// Requests per second: whole numbers separated by single spaces or line ends; number k (from 0) is
// how many requests came in second k. The n requests of a second are spread evenly over it, request
// i of them (from 0) at i/n of the second, rounded down to 1 ns: counts hold no finer times. Zeros
// are silence, whether nobody asked or nothing was recorded. Nothing is built per second: the
// numbers are read as the requests are.
#include <algorithm>
#include <charconv>

#include "core/limits.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kMostPerSecond = 1'000'000'000;  // one each nanosecond

class CountsTrace final : public TraceFormat {
 public:
  explicit CountsTrace(std::unique_ptr<TextLines> lines) : lines_(std::move(lines)) {}

  Result<bool> next(Arrival& out) override {
    while (index_ == count_) {
      Result<bool> more = next_number();
      if (!more || !*more) {
        return more;
      }
      ++second_;
      index_ = 0;
    }
    out = Arrival{};
    out.time = at_ns(second_ * kSecondNs + index_ * kSecondNs / count_);
    ++index_;
    return true;
  }

  [[nodiscard]] std::string_view time_text() const override { return number_; }
  [[nodiscard]] const TextLines& lines() const override { return *lines_; }
  [[nodiscard]] std::string_view name() const override { return counts_trace_format().name; }
  [[nodiscard]] TraceColumns columns() const override { return {}; }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return one_queue_name();
  }

 private:
  // Reads the next number into count_.
  Result<bool> next_number() {
    while (rest_.empty()) {
      const Result<bool> more = next_row(*lines_);
      if (!more || !*more) {
        return more;
      }
      rest_ = lines_->text();
    }
    number_ = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(std::min(number_.size() + 1, rest_.size()));  // one may end the line
    const char* const end = number_.data() + number_.size();
    const auto [stop, error] = std::from_chars(number_.data(), end, count_);
    const bool whole = error == std::errc{} && stop == end && number_.front() != '-';
    if (!whole || count_ > kMostPerSecond) {
      return lines_->refuse(number_, number_.empty() ? "two spaces" : quoted_field(number_),
                            number_.empty()
                                ? "one between numbers"
                                : "requests of a second as a whole number from 0 to 1000000000");
    }
    if (second_ >= kMaxTimeNs / kSecondNs - 1) {
      return lines_->refuse(number_, "more than 36 years of seconds", "a shorter trace");
    }
    return true;
  }

  std::unique_ptr<TextLines> lines_;
  std::string_view rest_;    // of the line
  std::string_view number_;  // as it stands there
  std::int64_t second_ = -1;
  std::int64_t count_ = 0;
  std::int64_t index_ = 0;  // of the next request of this second
};

bool is_a_line_of_numbers(std::string_view first_line) {
  return !first_line.empty() && first_line.front() != ' ' &&
         first_line.find(' ') != std::string_view::npos &&
         first_line.find_first_not_of("0123456789 ") == std::string_view::npos;
}

std::unique_ptr<TraceFormat> make_counts(std::unique_ptr<TextLines> lines) {
  return std::make_unique<CountsTrace>(std::move(lines));
}

constexpr TraceFormatInfo kCounts = {
    .name = "requests-per-second",
    .summary = "whole numbers on one line: requests in second 0, 1, 2, ...",
    .recognises = is_a_line_of_numbers,
    .make_reader = make_counts};

}  // namespace

const TraceFormatInfo& counts_trace_format() {
  return kCounts;
}

}  // namespace lockstep
