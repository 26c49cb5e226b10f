#include "gpu_backend/cuda/time_mapping.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr SimDuration kEventResolution{500};
// A float has 24 bits: two that follow each other are at most this part of their value apart.
constexpr std::int64_t kFloatStepsPerValue = std::int64_t{1} << 23;

}  // namespace

SimDuration event_resolution(SimDuration distance) {
  const std::int64_t far = distance < SimDuration{0} ? -ns_of(distance) : ns_of(distance);
  return kEventResolution + SimDuration{far / kFloatStepsPerValue};
}

SimDuration from_milliseconds(float milliseconds) {
  constexpr double kNanosecondsPerMillisecond = 1e6;
  return SimDuration{std::llround(static_cast<double>(milliseconds) * kNanosecondsPerMillisecond)};
}

void TimeMapping::set_anchor(SimTime before, SimTime after) {
  LOCKSTEP_CHECK(before <= after);
  low_ = before;
  high_ = after;
  seen_at_ = after;
  error_max_ = (after - before + SimDuration{1}) / 2 + kEventResolution;
  placed_any_ = false;
}

void TimeMapping::move_anchor(SimDuration distance) {
  const SimDuration blur = event_resolution(distance);
  low_ += distance - blur;
  high_ += distance + blur;
}

TimeMapping::Placed TimeMapping::place(const Batch& batch) {
  LOCKSTEP_CHECK(batch.launched <= batch.noticed);
  constexpr std::int64_t kMillion = 1'000'000;
  const SimDuration unseen = std::max(batch.noticed - seen_at_, SimDuration{0});
  const SimDuration drift = unseen * kDriftPartsPerMillion / kMillion + SimDuration{1};
  const SimDuration blur = event_resolution(batch.begin);

  const SimTime own_low = batch.launched - batch.begin - blur;
  const SimTime own_high = batch.noticed - (batch.begin + batch.length) + blur;
  low_ = std::max(low_ - drift, own_low);
  high_ = std::min(high_ + drift, own_high);
  if (low_ > high_) {
    ++reanchored_;
    low_ = std::min(own_low, own_high);
    high_ = std::max(own_low, own_high);
  }
  seen_at_ = batch.noticed;

  const SimTime latest = std::max(batch.launched, batch.noticed - batch.length);
  Placed placed;
  placed.begin = std::clamp(anchor() + batch.begin, batch.launched, latest);
  placed.error = (high_ - low_ + SimDuration{1}) / 2 + blur;
  error_max_ = placed_any_ ? std::max(error_max_, placed.error) : placed.error;
  placed_any_ = true;
  return placed;
}

}  // namespace lockstep
