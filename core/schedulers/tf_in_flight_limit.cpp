#include "core/schedulers/tf_in_flight_limit.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr double kTwoTo53 = 9007199254740992.0;
constexpr double kLargestStep = 0.125;
constexpr double kSmallestStep = 0.0078125;  // 1/128

std::string shortest_text(double value) {
  std::array<char, 400> digits{};  // 2^-1074 has 324 places
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  LOCKSTEP_CHECK(error == std::errc{});
  return {digits.data(), end};
}

// To the nearest whole number, halves away from 0, without libm. Requires: its size is below 2^62.
std::int64_t round_half_away(double value) {
  const auto whole = static_cast<std::int64_t>(value);  // towards 0
  const double rest = value - static_cast<double>(whole);
  return whole + (rest >= 0.5 ? 1 : 0) - (rest <= -0.5 ? 1 : 0);
}

}  // namespace

Result<TfReal> TfReal::parse(std::string_view text) {
  TfReal real;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real.value_,
                                            std::chars_format::fixed);
  // Written so that no comparison with a NaN lets it through.
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(real.value_ > -kTwoTo53 && real.value_ < kTwoTo53)) {
    return bad_input("found '" + std::string(text) + "', expected a decimal number below 2^53");
  }
  return real;
}

std::string TfReal::text() const {
  return shortest_text(value_);
}

bool TfAdaptiveLimit::admits(std::int64_t in_flight, Prng& draws) const {
  const auto running = static_cast<double>(in_flight);
  if (running >= limit_) {
    return false;
  }
  const double room = limit_ - running;
  if (room >= 1) {
    return true;
  }
  // Uniform in [0, 1): 53 bits, exactly.
  const double draw = static_cast<double>(draws.next() >> 11) / kTwoTo53;
  return draw <= room;
}

void TfAdaptiveLimit::note_latency(std::int64_t latency_us) {
  ++batch_count_;
  latency_sum_us_ += latency_us;
  if (batch_count_ == batches_to_average_over_) {
    adjust();
  }
}

void TfAdaptiveLimit::adjust() {
  const double average_ms =
      static_cast<double>(latency_sum_us_) / 1000.0 / static_cast<double>(batch_count_);
  const bool improved = average_ms < last_average_ms_;
  if (improved) {
    step_ *= last_improved_ ? 2.0 : 0.5;
    step_ = std::clamp(step_, kSmallestStep, kLargestStep);
  } else {
    direction_ = -direction_;
  }
  limit_ += direction_ * limit_ * step_;
  limit_ = std::max(std::min(limit_, largest_), smallest_);
  last_average_ms_ = average_ms;
  last_improved_ = improved;
  batch_count_ = 0;
  latency_sum_us_ = 0;
}

std::string TfAdaptiveLimit::text() const {
  return shortest_text(limit_);
}

void TfPendingLimit::note_batch(std::int64_t execution_us, std::int64_t pending) {
  ++batch_count_;
  execution_sum_us_ += execution_us;
  pending_sum_ += pending;
  if (batch_count_ == options_.batches_to_average_over) {
    adjust();
  }
}

void TfPendingLimit::adjust() {
  const auto batches = static_cast<double>(batch_count_);
  low_traffic_ratio_ *= 1 - 0.1;
  // Idle loops mean that too little came in: the device is not to blame.
  if (static_cast<double>(idle_count_) < 0.1 * batches) {
    const double pending = static_cast<double>(pending_sum_) / batches;
    period_us_ = execution_sum_us_ / batch_count_ / limit_;
    limit_ += round_half_away(options_.target_pending.value_ - pending);
    limit_ = std::min(std::max(limit_, std::int64_t{1}), options_.largest);
  } else {
    low_traffic_ratio_ += 0.1;
  }
  batch_count_ = 0;
  idle_count_ = 0;
  execution_sum_us_ = 0;
  pending_sum_ = 0;
}

std::string TfPendingLimit::low_traffic_ratio() const {
  return shortest_text(low_traffic_ratio_);
}

}  // namespace lockstep
