// A fault plan: which faults strike a run, when and where. Plain data with a canonical text.
//
// What each fault does, who is answered with what and when a lane comes back: docs/faults.md. Text
// form, one entry a line (or several with ";" between them), `#` begins a remark:
//
//     stall      [lane=N | gpu=N] at=TIME for=TIME           nothing comes from or gets to the lane
//     slow       [lane=N | gpu=N] at=TIME for=TIME factor=F  batches compute F times as long
//     fail       BATCHES [status=NAME]                       computed, ends with INTERNAL
//     oom        BATCHES                                     not computed: RESOURCE_EXHAUSTED
//     drop       BATCHES                                     its completion is never told
//     late       BATCHES by=TIME                             its completion is told later
//     duplicate  BATCHES by=TIME                             ... and told once more
//     sticky     gpu=N at=TIME [reset=TIME] [fence=off]      each batch fails until a reset
//     lost       gpu=N at=TIME [for=TIME]                    the device is gone, and comes back
//     cancel     at=TIME [share=P%] [queue=NAME]             clients cancel what is not answered
//     yet burst      at=TIME requests=N [queue=NAME] [size=ROWS] so many arrivals at that instant
//     watchdog   after=TIME [reset=TIME]                     a batch without completion is given up
//     timer      [latency=TIME] [jitter=TIME] [grid=TIME]    wake-ups come late
//
// BATCHES is batch=N (the number of a batch), or [lane=N | gpu=N] at=TIME [count=N]: the first
// COUNT batches handed over there at that time or later. Times are virtual time of the run; a
// window begins at its first instant and ends before its last. Each entry is checked alone; what
// needs the run (lanes, GPUs) is checked by check_fault_plan.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

enum class FaultKind : std::uint8_t {
  kStall,
  kSlow,
  kFail,
  kOutOfMemory,
  kDrop,
  kLate,
  kDuplicate,
  kSticky,
  kLost,
  kCancel,
  kBurst,
};
inline constexpr std::uint8_t kFaultKindCount = 11;

// Fields that a kind does not use stay at their defaults.
struct Fault {
  FaultKind kind = FaultKind::kStall;
  std::optional<std::uint32_t> lane{};  // without lane, gpu and batch: any lane
  std::optional<std::uint32_t> gpu{};
  std::optional<std::uint64_t> batch{};
  SimTime at{};
  std::optional<SimDuration> lasts{};  // for=, reset=; nullopt: for good
  SimDuration by{0};
  std::uint64_t count = 1;  // batches; of a burst: requests
  std::uint64_t factor_millionths = 1'000'000;
  Status status = Status::kInternal;
  bool fence = true;
  std::uint64_t share_millionths = 1'000'000;
  std::string queue{};  // "": all queues; of a burst: the first
  std::uint32_t size = 1;
  std::string place{};  // FILE:LINE:COLUMN of its entry, for messages
};

struct Watchdog {
  SimDuration after{0};                // from hand-over to the device
  std::optional<SimDuration> reset{};  // its lane comes back so much later; nullopt: never
};

struct TimerFaults {
  SimDuration latency{0};
  SimDuration jitter{0};  // uniform from 0 to this, one draw of the stream "timer" per wake-up
  SimDuration grid{1};    // fires at multiples of it

  [[nodiscard]] bool none() const {
    return latency == SimDuration{0} && jitter == SimDuration{0} && grid == SimDuration{1};
  }
};

struct FaultPlan {
  std::vector<Fault> faults{};  // as written
  std::optional<Watchdog> watchdog{};
  TimerFaults timer{};

  [[nodiscard]] bool empty() const { return faults.empty() && !watchdog && timer.none(); }
};

// What must hold in a run under a plan (verification 3: two regimes).
enum class FaultRegime : std::uint8_t {
  // Every fault ends and every lane serves again: safety and liveness must hold. Nobody who was
  // accepted stays without an answer.
  kInside,
  // A completion is lost for ever, or a lane for good: safety must hold.
  kBeyond,
};
[[nodiscard]] FaultRegime regime_of(const FaultPlan& plan);
[[nodiscard]] std::string_view regime_name(FaultRegime regime);  // "inside the promise"

// Errors: a lane or GPU that the run does not have, FILE:LINE:COLUMN first.
[[nodiscard]] Result<void> check_fault_plan(const FaultPlan& plan, std::uint32_t lane_count,
                                            std::uint32_t gpu_count);

// `name` stands for FILE. Errors: an unknown kind or option, one that is missing, said twice or
// has a wrong value; a second watchdog or timer; more than kMaxFaults.
[[nodiscard]] Result<FaultPlan> parse_fault_plan(const std::string& name, std::string_view text);

// Canonical, in one line: parse_fault_plan of it gives the same, and the same text again.
[[nodiscard]] std::string fault_plan_text(const FaultPlan& plan);

// What `lockstep list faults` shows; in the order above, watchdog and timer included.
struct FaultKindInfo {
  std::string_view name;
  std::string_view example;
  std::string_view use;
  // Options in canonical order, "!" before those that must be said.
  std::span<const std::string_view> options;
};
[[nodiscard]] std::span<const FaultKindInfo> fault_kinds();

}  // namespace lockstep
