// Decimal numbers as text, to whole nanoseconds: exact, in integers only, then rounded half up.
//
// A published trace often prints binary floating point (5.8926549999999995): truncation would be
// one step wrong where rounding is right.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lockstep {

// A unit of time by the number of its decimal places down to a nanosecond.
enum class DecimalUnit : int { kNanosecond = 0, kMicrosecond = 3, kMillisecond = 6, kSecond = 9 };

// "ns", "us", "ms" or "s".
[[nodiscard]] std::optional<DecimalUnit> decimal_unit(std::string_view name);

// `digits[.digits][e[+-]digits]` in `unit`, rounded to whole steps (a nanosecond, a microsecond).
// Returns "" and sets `ns`, or says what is wrong with the text: "it is no decimal number", "it is
// too large". No sign: times and durations are not negative.
[[nodiscard]] std::string_view parse_decimal_time(std::string_view text, DecimalUnit unit,
                                                  DecimalUnit step, std::int64_t& ns);

}  // namespace lockstep
