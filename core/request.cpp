#include "core/request.h"

namespace lockstep {

void RequestTable::grow() {
  LOCKSTEP_CHECK(entries_.size() < kMaxLiveRequests);
  first_free_ = static_cast<std::uint32_t>(entries_.size());
  entries_.emplace_back();
  entries_.back().rows_started = kNoSlot;
}

std::optional<RequestSlot> RequestTable::find(RequestId id) const {
  for (std::uint32_t index = 0; index < entries_.size(); ++index) {
    if (entries_[index].id == id && entries_[index].generation % 2 == 1) {
      return RequestSlot{index, entries_[index].generation};
    }
  }
  return std::nullopt;
}

}  // namespace lockstep
