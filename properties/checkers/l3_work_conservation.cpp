// L3 and L3b: no lane is idle for positive time while a batch is due.
//
// Due is what is full, whose time-out passed (T = 0: whatever waits), or whose queue was closed
// (TF 2.2, 2.10). A batch closed by overflow is due, too: then more rows wait than one batch holds.
#include <memory>

#include "properties/checkers/domain.h"
#include "properties/checkers/due_watch.h"
#include "properties/checkers/latency.h"

namespace lockstep {

Property l3_work_conservation() {
  return {.id = "L3",
          .name = "work-conservation",
          .formula =
              "never for positive time: a lane is idle and a batch is full, timed out or "
              "flushed",
          .source = "verification 3.2 L3, L3b; TF 2.2, 2.3, 2.16",
          .kind = PropertyClass::kLatency,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules)) {
              return kNoLines;
            }
            if (!rules.promises.work_conserving) {
              return kNotPromised;
            }
            return time_out(rules, QueueId{0})
                       ? ""
                       : "its settings do not say how long a batch may wait for more";
          },
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return make_due_watch(rules,
                                  {.property = "L3",
                                   .full = true,
                                   .timeout = true,
                                   .closed = rules.promises.drains_on_close,
                                   .closed_queues_left_out = !rules.promises.drains_on_close});
          }};
}

}  // namespace lockstep
