// Times, shares and outside text as reports print them: integer arithmetic only, so that the same
// figures give the same bytes everywhere.
//
// All roundings are half up. Requires throughout: spans of at least 0 and below 2^61 ns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"

namespace lockstep {

enum class TimeUnit : std::uint8_t { kNanoseconds, kMicroseconds, kMilliseconds, kSeconds };

[[nodiscard]] std::int64_t unit_ns(TimeUnit unit);
[[nodiscard]] std::string_view unit_name(TimeUnit unit);  // "ns", "us", "ms", "s"

// The largest unit of which `span` holds at least one; nanoseconds for 0.
[[nodiscard]] TimeUnit unit_for(SimDuration span);

// Three significant digits: "12.5 ms", "360 us", "1.00 ms" (for 999.6 us), "0 ns".
[[nodiscard]] std::string short_time(SimDuration span);

// Every digit, no trailing zeros, largest unit: "2 ms", "1.234567 ms".
[[nodiscard]] std::string exact_time(SimDuration span);

// The number alone, in `unit`, with that many decimals: "0.36". Requires: decimals <= 9.
[[nodiscard]] std::string time_in(SimDuration span, TimeUnit unit, int decimals);

// numerator / denominator with that many decimals; "0" decimals as above when denominator is 0.
[[nodiscard]] std::string ratio_text(std::uint64_t numerator, std::uint64_t denominator,
                                     int decimals);

// `text` from outside, fit to be shown: control characters and bytes that are not UTF-8 become
// '?', and what is longer than `longest` characters ends in "..". Requires: longest >= 2.
[[nodiscard]] std::string displayable(std::string_view text, std::size_t longest);

// value * numerator / denominator, half up, without overflow. Requires: denominator > 0.
[[nodiscard]] std::int64_t scaled(std::int64_t value, std::int64_t numerator,
                                  std::int64_t denominator);

}  // namespace lockstep
