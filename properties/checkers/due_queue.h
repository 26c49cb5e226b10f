// Does a queue have a batch that is due (TF 2.2)? For what judges who goes first among queues.
#pragma once

#include "core/ids.h"
#include "core/time.h"
#include "properties/checkers/waiting_view.h"
#include "properties/record/run_rules.h"

namespace lockstep {

// Requires: the settings say when a batch is due (says_when_due).
[[nodiscard]] inline bool has_due_batch(const RunRules& run, const WaitingView& view,
                                        QueueId queue) {
  if (view.waiting_count(queue) == 0) {
    return false;
  }
  const QueueRules& rules = run.of(queue);
  const SimTime closed = view.closed(queue);
  if (closed != kForever && view.request(view.front(queue))->arrived >= closed) {
    return false;  // it came too late, and its queue may have left the list (TF 2.4)
  }
  return (closed != kForever && run.promises.drains_on_close) ||
         view.waiting_rows(queue) >= static_cast<std::uint64_t>(*rules.batch_rows_max) ||
         after(view.front_opened(queue), *rules.timeout) <= view.now();
}

}  // namespace lockstep
