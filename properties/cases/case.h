// A case: everything that one run of a property campaign is made from, as plain data.
//
// Same case, same run, bit for bit. It says what was chosen and nothing that follows from it, so
// that it can be cut down (minimise/): times are gaps, so that a shorter gap moves all that comes
// later; queues, lanes and requests are named by small numbers that are taken modulo what there is;
// choices beyond the end of a list are 0, the dullest. Any value of these fields is a valid case
// (total decoding): nothing is ever discarded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/schedulers/options.h"
#include "core/status.h"
#include "core/time.h"
#include "properties/located_json.h"

namespace lockstep {

enum class CaseEventKind : std::uint8_t {
  kArrive,      // queue, rows, priority, timeout
  kCancel,      // request: the one so many arrivals back, if it still lives
  kCloseQueue,  // queue
  kLaneDown,    // lane; lost: for good
  kLaneUp,      // lane, if it is down, not for good, and its batch has ended
};
inline constexpr std::uint8_t kCaseEventKindCount = 5;

// Something from outside. After a queue was closed its arrivals are left out.
struct CaseEvent {
  SimDuration gap{0};  // after the event before it
  CaseEventKind kind = CaseEventKind::kArrive;
  std::uint32_t queue = 0;
  std::uint32_t rows = 1;
  std::uint8_t priority = 0;
  SimDuration timeout{0};     // of the client, after its arrival; 0: none
  std::uint32_t request = 0;  // kCancel: 0 is the newest
  std::uint32_t lane = 0;
  bool lost = false;
  friend bool operator==(const CaseEvent&, const CaseEvent&) = default;
};

// What happens to a batch: it waits for its device, is executed, and ends so.
struct CaseExecution {
  SimDuration waits{0};
  SimDuration takes{0};
  Status status = Status::kOk;
  friend bool operator==(const CaseExecution&, const CaseExecution&) = default;
};

struct Case {
  std::string scheduler{};             // of the registry, or what a plug-in calls itself
  OptionValues options{};              // those that are not at their default
  std::vector<OptionValues> queues{};  // of queues 0, 1, ...: differences from `options`
  std::uint64_t seed = 1;              // of the scheduler's draws
  std::vector<CaseEvent> events{};
  std::vector<CaseExecution> executions{};  // of batch k: [k mod size]; none: 1 ms each
  // Choices among what happens at one instant: completions (in start order), the timer, what comes
  // from outside, in this order; 0: the first. One choice wherever there is more than one.
  std::vector<std::uint8_t> ties{};
  // Not empty: the run is simulated (sim/simulation.h) on this device (device_text.h) with these
  // faults (fault_plan.h); executions, ties and lane events are not used.
  std::string device{};
  std::string faults{};
  std::uint32_t gpus = 1;
  friend bool operator==(const Case&, const Case&) = default;
};

[[nodiscard]] std::size_t arrival_count(const Case& value);

// One line of JSON, fields at their defaults left out; case_from_text of it gives the same.
[[nodiscard]] std::string case_text(const Case& value);
// Errors: NAME:1:COLUMN, what was found and expected.
[[nodiscard]] Result<Case> case_from_text(const std::string& name, const std::string& text);
// The same from a document that was read; columns are those of its text.
[[nodiscard]] Located<Case> case_from_json(const LocatedJson& json);

// What happens, one line a step, for people: "at 2 ms: request 3 of 4 rows to queue 0".
[[nodiscard]] std::string describe(const Case& value);

}  // namespace lockstep
