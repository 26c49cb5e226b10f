#include "sim/shared_compute.h"

#include <algorithm>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {
namespace {

__extension__ using WorkUnits = __int128;
constexpr unsigned kWorkBits = 62;
constexpr WorkUnits kDone = WorkUnits{1} << (kWorkBits - 20);  // so little is none

}  // namespace

SharedCompute::Work SharedCompute::speed() const {
  const auto count = static_cast<std::int64_t>(members_.size());
  LOCKSTEP_CHECK(count > 0 && sharing_.kind != Sharing::kSerial);
  LOCKSTEP_CHECK(sharing_.covers(static_cast<std::uint32_t>(count)));
  if (count == 1) {
    return Work{1} << kWorkBits;
  }
  const std::int64_t slow_down =
      sharing_.kind == Sharing::kEqual
          ? count * 1'000'000
          : std::int64_t{sharing_.slow_down[static_cast<std::size_t>(count) - 2]};
  return ((Work{2'000'000} << kWorkBits) + slow_down) / (2 * Work{slow_down});
}

void SharedCompute::advance(SimTime now) {
  LOCKSTEP_CHECK(now >= now_ && now <= leaves_at_);
  if (!members_.empty()) {
    const Work done = speed() * (now - now_).count();
    for (Member& member : members_) {
      member.left -= done;
    }
  }
  now_ = now;
}

void SharedCompute::plan() {
  leaves_at_ = kForever;
  if (members_.empty()) {
    return;
  }
  const auto least =
      std::min_element(members_.begin(), members_.end(),
                       [](const Member& a, const Member& b) { return a.left < b.left; });
  const Work each = speed();
  const Work span = (std::max<Work>(least->left - kDone, 0) + each - 1) / each;
  const Work at = std::min<Work>(Work{ns_of(now_)} + span, Work{kMaxTimeNs} * 4);
  leaves_at_ = at_ns(static_cast<std::int64_t>(at));
}

void SharedCompute::enter(SimTime now, const Occupant& occupant, SimDuration alone) {
  LOCKSTEP_CHECK(alone > SimDuration{0} && alone.count() <= 2 * kMaxTimeNs);
  advance(now);
  members_.push_back(Member{occupant, Work{alone.count()} << kWorkBits});
  plan();
}

void SharedCompute::leave(std::vector<Occupant>& left) {
  LOCKSTEP_CHECK(!members_.empty());
  advance(leaves_at_);
  left.clear();
  for (const Member& member : members_) {
    if (member.left <= kDone) {
      left.push_back(member.occupant);
    }
  }
  LOCKSTEP_CHECK(!left.empty());
  std::erase_if(members_, [](const Member& member) { return member.left <= kDone; });
  std::sort(left.begin(), left.end(),
            [](const Occupant& a, const Occupant& b) { return a.batch < b.batch; });
  plan();
}

}  // namespace lockstep
