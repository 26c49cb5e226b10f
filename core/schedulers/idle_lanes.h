// The lanes that a scheduler may start on: those that are up and have no batch.
//
// Every scheduler keeps its lanes in one of these and tells it of kLaneDown and kLaneUp; then it
// never starts on a lane that is down (rule 8 of core/scheduler.h). A lane that is down may still
// run a batch: when that is done, it does not become idle; it does when it is up again.
#pragma once

#include <cstdint>

#include "core/check.h"
#include "core/ids.h"
#include "core/index_set.h"
#include "core/scheduler.h"

namespace lockstep {

class IdleLanes {
 public:
  static constexpr std::uint32_t kNone = IndexSet::kNone;

  // All are idle and up.
  explicit IdleLanes(std::uint32_t lane_count) {
    idle_.fill(lane_count);
    down_.resize(lane_count);
  }

  [[nodiscard]] bool empty() const { return idle_.empty(); }
  [[nodiscard]] std::uint32_t count() const { return idle_.count(); }
  [[nodiscard]] bool contains(std::uint32_t lane) const { return idle_.contains(lane); }
  [[nodiscard]] std::uint32_t lowest() const { return idle_.lowest(); }
  [[nodiscard]] const IndexSet& indices() const { return idle_; }

  // A batch starts on `lane`. Requires: it is idle.
  void take(std::uint32_t lane) { idle_.erase(lane); }
  // The lowest idle lane, for a batch that starts there. Requires: not empty.
  [[nodiscard]] LaneId take_lowest() {
    const std::uint32_t lane = idle_.lowest();
    LOCKSTEP_DCHECK(lane != kNone);
    idle_.erase(lane);
    return LaneId{lane};
  }
  // Its batch is done.
  void give_back(LaneId lane) {
    if (down_.empty() || !down_.contains(raw(lane))) [[likely]] {
      idle_.insert(raw(lane));
    }
  }

  // kLaneDown and kLaneUp; false for any other input, which changes nothing.
  bool note(const Input& input) {
    if (input.kind == InputKind::kLaneDown) {
      down_.insert(raw(input.lane));
      idle_.erase(raw(input.lane));
      return true;
    }
    if (input.kind == InputKind::kLaneUp) {
      // It has no batch: a lane comes back only after its batch has ended.
      down_.erase(raw(input.lane));
      idle_.insert(raw(input.lane));
      return true;
    }
    return false;
  }

 private:
  IndexSet idle_;
  IndexSet down_;
};

}  // namespace lockstep
