// What a run is held to: its settings in the checkers' words, and what its scheduler promises.
//
// Read from option names and values alone (docs/configuration.md), never from a scheduler: a
// checker that asked the scheduler what it is allowed to do would believe its mistakes. A value
// that no option says is absent, and what needs it is not checked. Sizes are rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/scheduler.h"
#include "core/schedulers/options.h"
#include "core/time.h"
#include "sim/fault_plan.h"

namespace lockstep {

// Of one queue.
struct QueueRules {
  std::optional<std::int64_t> batch_rows_max{};    // of one batch (TF 2.1: E)
  std::optional<std::int64_t> request_rows_max{};  // of one request (TF 2.1: L); more is refused
  std::optional<std::int64_t> batches_max{};       // waiting, the open one included (TF 2.1: M)
  std::optional<SimDuration> timeout{};            // of a batch, from its first request (TF 2.2: T)
  bool splits = false;                             // a request larger than a batch is cut (TF 2.6)
  std::vector<std::int64_t> allowed_sizes{};       // ascending; empty: batches are not padded
  bool pads_up = true;     // padding is the next allowed size of the batch's rows, and nothing else
  OptionValues options{};  // of scope kQueue, complete; empty: those of the run
};

// Which parts of a log there are. A foreign log may have requests only.
struct RecordedParts {
  bool lines = true;     // every input and decision, in order
  bool batches = true;   // who was in which batch, and when it ran
  bool counters = true;  // what the scheduler reported of its queues while it ran
  bool complete = true;  // it went on until nothing was left to happen
};

struct RunRules {
  std::string scheduler{};
  OptionValues options{};  // complete, or empty when they are not known
  Promises promises{};
  std::uint32_t lane_count = 1;
  std::vector<QueueRules> queues{};  // by id, of those with options of their own
  QueueRules other_queues{};         // of all others
  FaultRegime regime = FaultRegime::kInside;
  bool is_live = false;  // in real time: timers are late, and a lane is busy longer than its batch
  bool has_faults = false;  // lanes go down, completions are late or lost
  RecordedParts parts{};

  [[nodiscard]] const QueueRules& of(QueueId queue) const {
    return raw(queue) < queues.size() ? queues[raw(queue)] : other_queues;
  }
  // The value of an option; nullptr when it has none.
  [[nodiscard]] const std::string* option(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;  // false when it is absent
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;

  // The same for one queue: its own options, else the common ones.
  [[nodiscard]] const std::string* option(QueueId queue, std::string_view name) const;
  [[nodiscard]] bool flag(QueueId queue, std::string_view name) const;
  [[nodiscard]] std::optional<std::int64_t> integer(QueueId queue, std::string_view name) const;
  // Is it true for any queue?
  [[nodiscard]] bool any_flag(std::string_view name) const;
};

// From the options of one queue; options that are absent say nothing.
[[nodiscard]] QueueRules queue_rules(const OptionValues& options);

// `queues`: those with options of their own, in the order of their ids.
[[nodiscard]] RunRules run_rules(const std::string& scheduler, const OptionValues& options,
                                 const std::vector<OptionValues>& queues, const Promises& promises,
                                 std::uint32_t lane_count);

}  // namespace lockstep
