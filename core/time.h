// Virtual time: points and spans as int64 nanoseconds, on a clock that cannot be asked for the
// time.
//
// Time is an argument everywhere. SimClock has no now(), so code that asks for the time does not
// compile. Text form: "5ms", "1s200us"; a bare number is never a time (house rule: times carry
// units).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace lockstep {

struct SimClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<SimClock, duration>;
  static constexpr bool is_steady = true;
  // No now(): virtual time is moved by an event loop and handed in.
};

using SimDuration = SimClock::duration;
using SimTime = SimClock::time_point;

// "Never": later than any event. A wake-up at kForever means no wake-up.
inline constexpr SimTime kForever = SimTime::max();

[[nodiscard]] constexpr SimTime at_ns(std::int64_t ns) {
  return SimTime{SimDuration{ns}};
}
[[nodiscard]] constexpr std::int64_t ns_of(SimTime time) {
  return time.time_since_epoch().count();
}
[[nodiscard]] constexpr std::int64_t ns_of(SimDuration span) {
  return span.count();
}

// `time + span`, or kForever when that would pass the end of time. Requires: span >= 0. A time may
// be negative: a live clock before its zero.
[[nodiscard]] constexpr SimTime after(SimTime time, SimDuration span) {
  return time > SimTime{} && span > kForever - time ? kForever : time + span;
}

// Exact text of a span, largest unit first, no fraction: "1s200us", "5ms", "0ns", "-3us".
[[nodiscard]] std::string to_text(SimDuration span);

// Exact text in one unit, with a fraction where needed: "1.8874ms", "143.8us", "2s".
[[nodiscard]] std::string to_decimal_text(SimDuration span);

// Parses "5ms", "1.5us", "1s200us", "250ns" (units ns, us, ms, s, min, h; a fraction must come out
// in whole nanoseconds). Errors: a bare number, an unknown unit, overflow; the message names the
// text.
[[nodiscard]] Result<SimDuration> parse_duration(std::string_view text);

}  // namespace lockstep
