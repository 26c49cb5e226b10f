#include "core/schedulers/tf_idle_polls.h"

#include <algorithm>

#include "core/check.h"
#include "core/prng.h"

namespace lockstep {

TfIdlePolls::TfIdlePolls(std::uint32_t lane_count, SimDuration interval, std::uint64_t seed)
    : interval_(interval) {
  if (!enabled()) {
    return;
  }
  Prng stream(seed, "tf-idle-polls");
  phases_.reserve(lane_count);
  for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
    phases_.emplace_back(
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(interval.count()))));
  }
}

SimTime TfIdlePolls::next_tick(std::uint32_t lane, SimTime time) const {
  LOCKSTEP_CHECK(enabled());
  const SimDuration since_phase = time.time_since_epoch() - phases_[lane];
  if (since_phase <= SimDuration{0}) {
    return SimTime{phases_[lane]};
  }
  const std::int64_t ticks = (since_phase.count() + interval_.count() - 1) / interval_.count();
  return SimTime{phases_[lane] + SimDuration{ticks * interval_.count()}};
}

SimTime TfIdlePolls::next_tick_of(const IndexSet& lanes, SimTime time) const {
  SimTime first = kForever;
  if (time != kForever) {
    for (std::uint32_t lane = lanes.lowest(); lane != IndexSet::kNone;
         lane = lanes.first_from(lane + 1)) {
      first = std::min(first, next_tick(lane, time));
    }
  }
  return first;
}

bool TfIdlePolls::any_passed(const Input& input, const IndexSet& lanes) {
  if (!enabled()) {
    return false;
  }
  const bool is_before = input.kind == InputKind::kBatchDone || input.kind == InputKind::kTimer;
  const SimTime until = input.now - SimDuration{is_before ? 1 : 0};
  const bool any = next_tick_of(lanes, passed_ + SimDuration{1}) <= until;
  // A completion may come after an arrival of its instant: the ticks of that are through then.
  passed_ = std::max(passed_, input.kind == InputKind::kBatchDone ? until : input.now);
  return any;
}

}  // namespace lockstep
