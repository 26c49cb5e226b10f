// A program without code: fibers of so many events each, of which a strategy chooses the order.
// Fast enough to measure the probabilities of strategies.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/choices.h"

namespace lockstep::support {

// Calls event(fiber, number) for one event after the other, number from 1, until all fibers have
// had all of theirs: as ControlledRuntime would run fibers that reach a point() between two events.
inline void run_toy(const std::vector<std::uint32_t>& events, Choices& choices,
                    const std::function<void(std::uint32_t, std::uint32_t)>& event) {
  std::vector<std::uint32_t> done(events.size(), 0);
  std::uint32_t running = kNoFiber;
  while (true) {
    std::vector<std::uint32_t> options;
    const bool goes_on = running != kNoFiber && done[running] < events[running];
    if (goes_on) {
      options.push_back(running);
    }
    for (std::uint32_t fiber = 0; fiber < events.size(); ++fiber) {
      if (done[fiber] < events[fiber] && !(goes_on && fiber == running)) {
        options.push_back(fiber);
      }
    }
    if (options.empty()) {
      return;
    }
    std::uint32_t chosen = 0;
    if (options.size() > 1) {
      chosen = choices.choose({.kind = ChoiceKind::kFiber,
                               .site = goes_on ? "point" : "next",
                               .count = static_cast<std::uint32_t>(options.size()),
                               .fibers = options.data(),
                               .running_first = goes_on});
    }
    running = options[chosen];
    event(running, ++done[running]);
  }
}

}  // namespace lockstep::support
