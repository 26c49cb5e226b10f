// Re-execution: a journal's inputs into a fresh core must give the journal's decisions.
//
// Two independent judgements over one pass:
// 1. the digest chain: names the first line whose recorded digest does not follow (an edited file);
// 2. the decisions: names the first one that the fresh core does not take (a changed scheduler, or
//    an edit whose digests were all repaired). Always recomputed, so repaired digests hide nothing.
// An input is refused when no driver can have given it: numbers and times out of order, a queue
// without a name, a batch that does not run there, a time that the simulated device does not give.
// Of a run with faults the plan is known: lanes go down and come back, and batches fail or are
// late, exactly as it says. (Cancels, bursts and late timers come from outside: any could have
// been.) An input that could have been (another arrival time, client, time-out) is one: the
// decisions after it are judged. Memory does not grow with the journal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/journal.h"
#include "core/limits.h"
#include "core/result.h"
#include "core/server.h"
#include "sim/device_description.h"
#include "sim/fault_plan.h"

namespace lockstep {

// Next journal line in file order; nullopt at the end; an Error for a line that cannot be read.
using JournalLines = std::function<Result<std::optional<JournalLine>>()>;

struct ReexecutionReport {
  std::uint64_t lines = 0;  // journal lines read, header excluded
  std::uint64_t inputs = 0;
  std::uint64_t decisions = 0;
  std::uint64_t recorded_digest = 0;    // of the last line
  std::uint64_t recomputed_digest = 0;  // of the fresh core at the end
  // 1-based journal line (first line after the header is 1) whose digest does not follow.
  std::optional<std::uint64_t> first_altered_line;
  // The first decision that differs, in words: recorded and recomputed. Or, after an altered line,
  // the first input that no driver can give.
  struct Divergence {
    std::uint64_t line = 0;
    bool impossible_input = false;
    std::string recorded;
    std::string recomputed;
  };
  std::optional<Divergence> first_divergence;

  [[nodiscard]] bool identical() const {
    return !first_altered_line && !first_divergence && recorded_digest == recomputed_digest;
  }
};

// What surrounded the scheduler, as the run's manifest says it.
struct ReexecutionOptions {
  ServerOptions server = {};
  std::uint32_t queue_count = kMaxQueues;  // queues with a name
  // Of a simulated device: each batch then takes the time that this gives for its rows, on the GPU
  // lane mod gpu_count, one after another or as the description says. nullptr: times were measured,
  // and any is possible.
  const DeviceDescription* device = nullptr;
  std::uint32_t gpu_count = 1;
  std::uint64_t seed = 1;                                 // of the device's draws
  const std::vector<std::string>* queue_names = nullptr;  // for the memory of models
  const FaultPlan* faults = nullptr;                      // of the device; nullptr: none
};

// Feeds the inputs of `lines` to a server around `fresh`. `also` hears of its ended requests and
// batches, and at the end of the unanswered ones. Stops at the first diverging decision
// (what follows would differ for that reason alone). Errors: those of `lines`; an input that no
// driver could have given, unless an altered line stands before it: that one explains it, and the
// report names both.
[[nodiscard]] Result<ReexecutionReport> reexecute(std::unique_ptr<Scheduler> fresh,
                                                  const ReexecutionOptions& options,
                                                  const JournalLines& lines,
                                                  EventSink* also = nullptr);

}  // namespace lockstep
