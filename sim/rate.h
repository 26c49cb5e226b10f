// Rates as exact ratios: "1200/s", "1.5/ms", "20/min".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/scaled_number.h"

namespace lockstep {

// `count` requests in `per_ns` nanoseconds, on average. count 0: silence.
struct Rate {
  std::uint64_t count = 0;
  std::int64_t per_ns = 1'000'000'000;

  [[nodiscard]] bool is_zero() const { return count == 0; }
  // Requests per nanosecond.
  [[nodiscard]] ScaledNumber per_nanosecond() const {
    return ScaledNumber::ratio(count, static_cast<std::uint64_t>(per_ns));
  }
};

inline constexpr std::uint64_t kMaxRateCount = 1'000'000'000'000;
inline constexpr const char* kRateExample = "a rate such as 1200/s (units /us, /ms, /s, /min, /h)";

// Digits, up to three fractional digits, a unit. nullopt: not a rate, or a count above
// kMaxRateCount. "0/s" is one.
[[nodiscard]] std::optional<Rate> parse_rate(std::string_view text);

// "2.5" -> 2,500,000: up to six fractional digits, up to 10,000,000.
[[nodiscard]] std::optional<std::uint64_t> parse_millionths(std::string_view text);

}  // namespace lockstep
