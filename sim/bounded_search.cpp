#include "sim/bounded_search.h"

#include "core/check.h"

namespace lockstep {

std::uint32_t BoundedSearch::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::kFiber && point.kind != ChoiceKind::kWaiter) {
    return 0;
  }
  if (depth_ == path_.size()) {
    Branch branch{.count = point.count, .running_first = point.running_first};
    for (std::uint32_t option = 1; option < point.count && point.fibers != nullptr; ++option) {
      if (point.fibers[option] == point.yielding) {
        branch.skipped = option;
      }
    }
    path_.push_back(branch);
  }
  const Branch& branch = path_[depth_++];
  LOCKSTEP_CHECK_EQ(branch.count, point.count);
  return branch.chosen;
}

// Requires: preemptions_ counts the branches before this one and, while it stands at a preemption,
// this one.
bool BoundedSearch::move_on(Branch& branch) const {
  if (branch.running_first && branch.chosen == 0 && preemptions_ >= bound_) {
    return false;
  }
  ++branch.chosen;
  if (branch.chosen == branch.skipped) {
    ++branch.chosen;
  }
  return branch.chosen < branch.count;
}

bool BoundedSearch::next() {
  ++explored_;
  LOCKSTEP_CHECK_EQ(depth_, path_.size());
  depth_ = 0;
  while (!path_.empty()) {
    Branch& branch = path_.back();
    const bool was_preemption = branch.running_first && branch.chosen != 0;
    const bool moved = move_on(branch);
    if (moved) {
      preemptions_ += branch.running_first && !was_preemption ? 1 : 0;
      return true;
    }
    preemptions_ -= was_preemption ? 1 : 0;
    path_.pop_back();
  }
  return false;
}

}  // namespace lockstep
