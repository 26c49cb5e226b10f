// L1: with a lane idle, nobody waits past the time-out of the batch that its request entered.
//
// Inclusive, to the nanosecond, from the moment the first request entered that batch (TF 2.2): at
// opened + T the batch has left. Recomputed from who arrived and who left, not read from what the
// scheduler says of its batches.
#include <memory>

#include "properties/checkers/domain.h"
#include "properties/checkers/due_watch.h"
#include "properties/checkers/latency.h"

namespace lockstep {

Property l1_time_out() {
  return {.id = "L1",
          .name = "dispatch-within-timeout",
          .formula = "a lane is idle => dispatched <= (first request entered the batch) + T",
          .source = "verification 3.2 L1; TF 2.2, 2.5 rule 2",
          .kind = PropertyClass::kLatency,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules)) {
              return kNoLines;
            }
            if (!rules.promises.timeout_bound) {
              return kNotPromised;
            }
            return rules.other_queues.timeout ? "" : "its settings name no time-out";
          },
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return make_due_watch(rules, {.property = "L1", .timeout = true});
          }};
}

}  // namespace lockstep
