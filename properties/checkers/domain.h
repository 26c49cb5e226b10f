// Which runs a property of time and order speaks of, and why not of others.
//
// By names and values of settings alone. The exact schedulers break textbook properties in ways
// that are theirs (docs/schedulers/tf_quirks.md): each exception here names the rule it is from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "properties/record/option_units.h"
#include "properties/record/run_rules.h"

namespace lockstep {

[[nodiscard]] inline bool is_scheduler(const RunRules& rules, std::string_view name) {
  return rules.scheduler == name;
}

// Refused requests wait outside the scheduler and are offered again (TF 2.15): whoever waits may be
// in no queue, and order and capacity are those of the last offer.
[[nodiscard]] inline bool retries(const RunRules& rules) {
  return rules.flag("retrier") && rules.integer("retry_delay_micros").value_or(0) <
                                      rules.integer("max_time_micros").value_or(0);
}

// The shared scheduler, and each of its queues keeps its order: neither priorities nor retries.
[[nodiscard]] inline bool shared_in_order(const RunRules& rules) {
  return is_scheduler(rules, "tf-shared") && rules.promises.fifo_per_queue && !retries(rules);
}

// Do the settings say when a batch is due? For what a scheduler promises beyond the registered
// ones.
[[nodiscard]] inline bool says_when_due(const RunRules& rules) {
  return rules.other_queues.batch_rows_max && rules.other_queues.timeout;
}

[[nodiscard]] inline bool has_lines(const RunRules& rules) {
  return rules.parts.lines && rules.parts.batches;
}

// TF 2.5: idle threads look at ticks so far apart; 0: at once.
[[nodiscard]] inline SimDuration poll_interval(const RunRules& rules) {
  return option_micros(rules.integer("idle_poll_micros").value_or(0));
}

// Whether, and since when, a queue that is not full waits for more. nullopt: its settings do not
// say.
[[nodiscard]] inline std::optional<SimDuration> time_out(const RunRules& rules, QueueId queue) {
  if (is_scheduler(rules, "tf-jit") || is_scheduler(rules, "tf-serial-device")) {
    return SimDuration{0};  // TF 2.16, 3.2: nothing waits for more
  }
  return rules.of(queue).timeout;
}

// Does a padding policy send requests of an open batch back (TF 2.8)?
[[nodiscard]] inline bool trims(const QueueRules& queue) {
  return !queue.pads_up && !queue.allowed_sizes.empty();
}

// Sheddable 0 to CriticalPlus 3, as TF counts; 0 in a trace, "not set", is Critical.
[[nodiscard]] constexpr std::size_t criticality_of(std::uint8_t priority) {
  return priority == 0 ? 2u : (priority > 4 ? 3u : std::size_t{priority} - 1u);
}
inline constexpr std::size_t kCriticalities = 4;

// With two classes: of the lower one (TF 2.7).
[[nodiscard]] constexpr bool is_low_priority(std::uint8_t priority) {
  return criticality_of(priority) < 2;
}
// Of one queue: low-priority requests may join the batches of the others (TF 2.7).
[[nodiscard]] inline bool merges_priorities(const RunRules& rules, QueueId queue) {
  const std::string* policy = rules.option(queue, "mixed_priority_batching_policy");
  return policy != nullptr && *policy == "priority_merge";
}

// TF 3.2: how long an idle loop of the serial-device scheduler sleeps, unless batches are longer.
inline constexpr SimDuration kSerialDeviceSleep{1'000'000};

inline constexpr std::string_view kNoLines = "the log does not have every input and decision";
inline constexpr std::string_view kLive =
    "the run was in real time: lanes were busy longer than their batches, and timers late";
inline constexpr std::string_view kNotPromised = "its scheduler does not promise it";
inline constexpr std::string_view kNotSaid =
    "its settings have no max_batch_size or no batch_timeout_micros";
inline constexpr std::string_view kRetries =
    "with the retrier, who waits may be in no queue (TF 2.15)";

}  // namespace lockstep
