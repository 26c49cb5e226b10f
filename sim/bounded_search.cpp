#include "sim/bounded_search.h"

#include "core/check.h"

namespace lockstep {

std::uint32_t BoundedSearch::choose(const ChoicePoint& point) {
  const bool by_deviations = cost_ == SearchCost::kDeviations;
  if (!by_deviations && point.kind != ChoiceKind::kFiber && point.kind != ChoiceKind::kWaiter) {
    return 0;
  }
  if (depth_ == path_.size()) {
    Branch branch{.count = point.count, .costs = by_deviations || point.running_first};
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

// Requires: spent_ counts what the branches before this one cost, and this one as it stands.
bool BoundedSearch::move_on(Branch& branch) const {
  if (branch.costs && branch.chosen == 0 && spent_ >= bound_) {
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
    const bool has_cost = branch.costs && branch.chosen != 0;
    const bool moved = move_on(branch);
    if (moved) {
      spent_ += branch.costs && !has_cost ? 1 : 0;
      return true;
    }
    spent_ -= has_cost ? 1 : 0;
    path_.pop_back();
  }
  return false;
}

}  // namespace lockstep
