// Where two runs part: the first line that differs, in words.
//
// Of two schedulers on one case, of two versions of one, or of two cases that must relate: then a
// mapping says what the first run's times and queues are in the second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/journal.h"
#include "core/time.h"
#include "properties/record/run_record.h"

namespace lockstep {

// What is the same thing in the second run. Times: factor * time + shift.
struct RunMapping {
  SimDuration shift{0};
  std::int64_t factor = 1;
  std::uint32_t first_moved_queue = UINT32_MAX;  // this one and those after it have ids one higher
  bool ignore_priorities = false;
  SimTime until = kForever;  // lines at this time of the first run or later are not compared

  [[nodiscard]] SimTime of(SimTime time) const {
    return time == kForever ? time : SimTime{time.time_since_epoch() * factor + shift};
  }
  [[nodiscard]] QueueId of(QueueId queue) const {
    return raw(queue) >= first_moved_queue ? QueueId{raw(queue) + 1} : queue;
  }
};

struct TwinDivergence {
  std::size_t line = kNoLine;  // in both runs; kNoLine: how a request ended differs
  SimTime at{};                // in the first run
  std::string first{};         // what happened there
  std::string second{};
  std::string text{};  // one line: both, and what they have in common
};

// nullopt: the same, to the end. Lines first, then how requests ended.
[[nodiscard]] std::optional<TwinDivergence> first_divergence(const RunRecord& first,
                                                             const RunRecord& second,
                                                             const RunMapping& mapping = {});

// "at 5ms: batch 3 starts on lane 0, full: requests 4 5 6".
[[nodiscard]] std::string line_text(const JournalLine& line, SimTime now);

}  // namespace lockstep
