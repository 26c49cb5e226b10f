// What a thread of fibers does while none of them has anything to do.
//
//   spin   looks again at once: the shortest latency, one core busy
//   yield  gives its time slice to other threads first
//   sleep  sleeps, at most the poll interval while a fiber polls, else until the next deadline or
//          until somebody wakes it: the least CPU
// Costs and latencies of the three: docs/live.md.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.h"

namespace lockstep {

enum class IdleStrategy : std::uint8_t { kSpin, kYield, kSleep };
[[nodiscard]] std::string_view idle_strategy_name(IdleStrategy strategy);
// Errors: of --idle.
[[nodiscard]] Result<IdleStrategy> parse_idle_strategy(std::string_view text);

}  // namespace lockstep
