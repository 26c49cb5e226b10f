#include "core/request.h"

namespace lockstep {

void RequestTable::grow() {
  LOCKSTEP_CHECK(entries_.size() < kMaxLiveRequests);
  first_free_ = static_cast<std::uint32_t>(entries_.size());
  entries_.emplace_back();
  entries_.back().rows_started = kNoSlot;
}

}  // namespace lockstep
