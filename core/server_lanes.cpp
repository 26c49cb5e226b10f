// Lanes that go down and come back, and what runs or waits when a run ends.
#include <algorithm>
#include <vector>

#include "core/check.h"
#include "core/server.h"

namespace lockstep {

void Server::lane_down(SimTime now, LaneId lane, Status status) {
  LOCKSTEP_CHECK(raw(lane) < lanes_.size());
  LOCKSTEP_CHECK(status == Status::kUnavailable || status == Status::kInternal);
  Lane& down = lanes_[raw(lane)];
  LOCKSTEP_CHECK(down.down != Status::kInternal || status == Status::kInternal);
  lost_lanes_ += status == Status::kInternal && down.down != Status::kInternal ? 1u : 0u;
  down.down = status;
  Input input;
  input.now = now;
  input.kind = InputKind::kLaneDown;
  input.lane = lane;
  input.status = status;
  feed_other(input);
  LOCKSTEP_CHECK(!down.busy || down.sealed);  // rule 8
  end_without_lanes(now);
}

void Server::lane_up(SimTime now, LaneId lane) {
  LOCKSTEP_CHECK(raw(lane) < lanes_.size());
  Lane& up = lanes_[raw(lane)];
  LOCKSTEP_CHECK(up.down == Status::kUnavailable);
  LOCKSTEP_CHECK(!up.busy);
  up.down = Status::kOk;
  Input input;
  input.now = now;
  input.kind = InputKind::kLaneUp;
  input.lane = lane;
  feed_other(input);
}

Status Server::down_status(LaneId lane) const {
  LOCKSTEP_CHECK(raw(lane) < lanes_.size());
  return lanes_[raw(lane)].down;
}

void Server::end_without_lanes(SimTime now) {
  if (lost_lanes_ < lanes_.size() || no_lane_) [[likely]] {
    return;
  }
  for (const Lane& lane : lanes_) {
    if (lane.busy) {
      return;  // its members end with their batch
    }
  }
  LOCKSTEP_CHECK(started_.empty());
  no_lane_ = true;
  wake_ = kForever;
  std::vector<RequestSlot> live;
  requests_.for_each_live(
      [&](const Request& request) { live.push_back(requests_.slot_of(request)); });
  std::sort(live.begin(), live.end(), [&](const RequestSlot& a, const RequestSlot& b) {
    return requests_.at(a).id < requests_.at(b).id;
  });
  // After what the scheduler decided in this step, which is applied already.
  decisions_.clear();
  for (const RequestSlot& slot : live) {
    decisions_.finish(slot, Status::kUnavailable, Reason::kNoLane);
  }
  apply_all(now);
}

std::optional<BatchRecord> Server::running_on(LaneId lane) const {
  if (raw(lane) >= lanes_.size() || !lanes_[raw(lane)].busy) {
    return std::nullopt;
  }
  return lanes_[raw(lane)].batch;
}

std::span<const Piece> Server::members_on(LaneId lane) const {
  if (raw(lane) >= lanes_.size() || !lanes_[raw(lane)].busy) {
    return {};
  }
  return lanes_[raw(lane)].members;
}

std::uint64_t Server::report_unanswered() {
  std::vector<const Request*> waiting;
  requests_.for_each_live([&](const Request& request) { waiting.push_back(&request); });
  std::sort(waiting.begin(), waiting.end(),
            [](const Request* a, const Request* b) { return a->id < b->id; });
  for (const Request* request : waiting) {
    if (sink_ != nullptr) {
      sink_->request_unanswered(*request);
    }
  }
  return waiting.size();
}

}  // namespace lockstep
