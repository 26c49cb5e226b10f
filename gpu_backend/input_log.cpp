#include "gpu_backend/input_log.h"

#include "core/check.h"

namespace lockstep {

void feed(Server& server, const LiveInput& input) {
  switch (input.kind) {
    case InputKind::kArrive:
      server.arrive(input.arrival);
      return;
    case InputKind::kTimer:
      server.timer(input.now);
      return;
    case InputKind::kBatchDone:
      server.batch_done(input.done);
      return;
    case InputKind::kCancel:
      server.cancel(input.now, input.request);
      return;
    case InputKind::kCloseQueue:
      server.close_queue(input.now, input.queue);
      return;
    case InputKind::kLaneUp:
      server.lane_up(input.now, input.lane);
      return;
    case InputKind::kLaneDown:
      server.lane_down(input.now, input.lane, input.status);
      return;
    case InputKind::kStepDone:
      break;
  }
  LOCKSTEP_CHECK(false && "the driver gives no such input");
}

}  // namespace lockstep
