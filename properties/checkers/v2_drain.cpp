// V2: closing a queue flushes it: what waits there leaves as soon as a lane is idle.
//
// Where it is promised. Low-priority requests and priority-aware queues are not flushed (TF 2.17,
// quirk 8), nor are queues of the adaptive and the serial-device scheduler (TF 3.1, 3.2). With
// polling threads a lane may take until its next look (TF 2.5).
#include <memory>

#include "properties/checkers/domain.h"
#include "properties/checkers/due_watch.h"
#include "properties/checkers/liveness.h"

namespace lockstep {

Property v2_drain() {
  return {
      .id = "V2",
      .name = "drain-on-close",
      .formula = "queue closed and a lane idle => what waits there starts at once",
      .source = "verification 3.3 V2; TF 2.2, 2.10",
      .kind = PropertyClass::kLiveness,
      .star = true,
      .not_checked = [](const RunRules& rules) -> std::string_view {
        return !has_lines(rules) ? kNoLines : !rules.promises.drains_on_close ? kNotPromised : "";
      },
      .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
        return make_due_watch(rules,
                              {.property = "V2", .closed = true, .slack = poll_interval(rules)});
      }};
}

}  // namespace lockstep
