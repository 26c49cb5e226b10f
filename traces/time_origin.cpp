#include "traces/time_origin.h"

#include "core/limits.h"

namespace lockstep {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

}  // namespace

CivilTime stamp_of_ns(std::int64_t ns) {
  CivilTime stamp;
  stamp.seconds = ns / kNanosPerSecond;
  stamp.nanos = ns % kNanosPerSecond;
  return stamp;
}

CivilTime earlier_by(const CivilTime& stamp, std::int64_t ns) {
  CivilTime earlier = stamp;
  earlier.seconds -= ns / kNanosPerSecond;
  earlier.nanos -= ns % kNanosPerSecond;
  if (earlier.nanos < 0) {
    earlier.nanos += kNanosPerSecond;
    --earlier.seconds;
  }
  return earlier;
}

std::optional<SimTime> TimeOrigin::since_first(const CivilTime& stamp) {
  constexpr std::int64_t kMaxSeconds = kMaxTimeNs / kNanosPerSecond - 1;
  if (!first_) {
    first_ = stamp;
  }
  const std::int64_t seconds = stamp.seconds - first_->seconds;
  if (seconds > kMaxSeconds || seconds < -kMaxSeconds) {
    return std::nullopt;
  }
  return at_ns(seconds * kNanosPerSecond + stamp.nanos - first_->nanos);
}

}  // namespace lockstep
