// Whether one sequence of inputs of the sequential core explains a history of a live run (S17;
// Wing, Gong 1993, with the memory of Lowe 2017).
//
// Looked for is an order of all operations in which the core, fed one at a time, does what was
// seen: it has started a batch of those rows before its launch, has a launched batch where one
// completes, and has ended a request with that status at that time before it is answered. Kept is:
//
// 1. a submit or cancel that responded before another one was invoked comes first;
// 2. a launch or an answer comes before whatever was invoked after it;
// 3. operations of an earlier time come first: virtual time moves only when all wait, so by then
//    the core has taken them.
//
// What a submit's response says is that the request is in the queue: a completion of the same
// instant may reach the core before it. A launch or an answer may lag behind the input that caused
// it; nobody outside can tell. Put in between are the core's own steps: a wake-up at its time and
// before anything later, the end of a batch without rows.
// For runs on virtual time in which the driver neither closes queues nor stops.
//
// What was tried is remembered by (operations done, the core's digest, the order of the requests):
// equal ones go on alike.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/scheduler.h"
#include "properties/live_history.h"

namespace lockstep {

inline constexpr std::size_t kMaxLinearizedOperations = 64;

struct SequentialSetting {
  std::function<std::unique_ptr<Scheduler>()> scheduler{};
  std::uint32_t lanes = 1;
  std::uint32_t gpus = 1;
  const std::vector<Arrival>* arrivals = nullptr;  // by request; outlives the search
};

enum class Linearized : std::uint8_t {
  kYes,
  kNo,
  kUndecided,  // more operations than kMaxLinearizedOperations, or steps than allowed
};

struct Linearization {
  Linearized verdict = Linearized::kUndecided;
  std::vector<std::size_t> order;  // kYes: of the operations, by their numbers
  std::size_t explained = 0;       // else: the most operations that an order came to
  std::uint64_t steps = 0;         // of a core, all tries together
};

[[nodiscard]] Linearization linearize(const SequentialSetting& setting, const LiveHistory& history,
                                      std::uint64_t step_limit = 200'000);

}  // namespace lockstep
