#include "reports/busy_time.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {

void BusyTime::add(SimTime begin, SimTime end) {
  LOCKSTEP_CHECK(begin <= end);
  Part added{.begin = std::max(begin, closed_until_), .end = end};
  if (added.begin >= added.end) {
    return;
  }
  LOCKSTEP_CHECK(parts_.empty() || end >= parts_.back().end);
  // It ends last: whatever it touches becomes one part with it.
  while (!parts_.empty() && parts_.back().end >= added.begin) {
    added.begin = std::min(added.begin, parts_.back().begin);
    total_ns_ -= length(parts_.back());
    parts_.pop_back();
  }
  parts_.push_back(added);
  total_ns_ += length(added);
  if (parts_.size() > kPartsMax) {
    closed_until_ = parts_.front().end;
    parts_.pop_front();
  }
}

}  // namespace lockstep
