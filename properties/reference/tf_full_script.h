// A scenario for tf-shared with all its options, and the log that a run of it leaves.
//
// The reference and the real scheduler both turn a Script into a Log; the two must be equal, line
// by line. Only values that the rules name are in it: what became due when, and why, is not. Times
// are virtual nanoseconds, sizes are rows, requests are ordinals of arrival.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/schedulers/tf_options.h"
#include "core/status.h"
#include "core/time.h"
#include "properties/reference/tf_full_polls.h"

namespace lockstep::full_reference {

enum class EventKind : std::uint8_t { kArrive, kClose, kProbe };

// Nothing arrives at a queue once it was closed: that is an error of the program around it
// (TF 2.10).
struct OutsideEvent {
  SimTime at{};
  EventKind kind = EventKind::kArrive;
  std::uint32_t queue = 0;
  std::uint32_t rows = 1;
  std::uint8_t priority = 0;
  SimDuration timeout{0};  // the client's own deadline after its arrival; 0 = none
};

// What happens to a batch on its lane.
struct Execution {
  SimDuration waits{0};  // on the lane, before the device begins
  SimDuration takes{0};  // on the device: its measured cost
  SimTime held_until{};  // it does not finish before
  bool fails = false;

  [[nodiscard]] SimTime finish(SimTime started) const {
    return std::max(started + waits + takes, held_until);
  }
};

struct Script {
  TfSharedOptions options;
  std::vector<OutsideEvent> events;   // times do not decrease
  std::vector<Execution> executions;  // of batch k: [k mod size]. Not empty
  Polls polls{};

  [[nodiscard]] const Execution& execution(std::size_t batch) const {
    return executions[batch % executions.size()];
  }
};

struct Member {
  std::uint64_t request = 0;
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  bool padding = false;
  friend bool operator==(const Member&, const Member&) = default;
};

// A batch went to a lane.
struct Dispatch {
  SimTime at{};
  std::uint32_t queue = 0;
  std::uint32_t lane = 0;
  std::vector<Member> members;
  SimTime opened{};
  std::int64_t padded_rows = 0;
  friend bool operator==(const Dispatch&, const Dispatch&) = default;
};

// A request was refused, evicted, dropped, answered or failed.
struct End {
  SimTime at{};
  std::uint64_t request = 0;
  Status status = Status::kOk;
  Reason reason = Reason::kNone;
  friend bool operator==(const End&, const End&) = default;
};

// What a queue reported of itself (TF 2.1, last paragraph, and 2.11).
struct Probed {
  SimTime at{};
  std::uint32_t queue = 0;
  std::uint64_t enqueued_tasks = 0;
  std::int64_t capacity = 0;
  friend bool operator==(const Probed&, const Probed&) = default;
};

using LogLine = std::variant<Dispatch, End, Probed>;

struct Log {
  std::vector<LogLine> lines;             // in the order it happened
  std::vector<std::uint64_t> unanswered;  // accepted, and nothing will ever answer them
  std::string options_error;              // not empty: the options were refused, and nothing ran
  std::string failed_check;               // not empty: the run broke a rule of ours, and stopped
};

[[nodiscard]] std::string describe(const LogLine& line);
[[nodiscard]] std::string describe(const Script& script);

}  // namespace lockstep::full_reference
