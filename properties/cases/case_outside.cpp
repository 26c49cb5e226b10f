#include "properties/cases/case_outside.h"

#include <algorithm>
#include <optional>

#include "core/limits.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kNoQueue = UINT32_MAX;
// However long its gaps, a case stays far from the longest run there is.
constexpr SimTime kLatest{SimDuration{kMaxTimeNs / 4}};

// Queues of a case are small numbers; this many are told apart.
constexpr std::uint32_t kCaseQueuesMax = 64;

SimTime later(SimTime time, SimDuration gap) {
  return std::min(time + std::clamp(gap, SimDuration{0}, kLatest - SimTime{}), kLatest);
}

}  // namespace

CaseOutside::CaseOutside(const Case& value)
    : value_(value), queue_ids_(kCaseQueuesMax, kNoQueue), closed_(kCaseQueuesMax) {
  // Those with options of their own are there from the start.
  queues_used_ =
      static_cast<std::uint32_t>(std::min<std::size_t>(value.queues.size(), kCaseQueuesMax));
  for (std::uint32_t queue = 0; queue < queues_used_; ++queue) {
    queue_ids_[queue] = queue;
  }
  if (!value_.events.empty()) {
    next_ = later(SimTime{}, value_.events.front().gap);
  }
}

void CaseOutside::advance() {
  ++index_;
  next_ = index_ == value_.events.size() ? kForever : later(next_, value_.events[index_].gap);
}

const CaseEvent& CaseOutside::event() const {
  return value_.events[index_];
}

Result<void> CaseOutside::act(Server& server) {
  const CaseEvent& event = value_.events[index_];
  switch (event.kind) {
    case CaseEventKind::kArrive:
      arrive(event, server);
      break;
    case CaseEventKind::kCancel:
      cancel(event, server);
      break;
    case CaseEventKind::kCloseQueue:
      close(event, server);
      break;
    case CaseEventKind::kLaneDown:
    case CaseEventKind::kLaneUp:
      break;
  }
  advance();
  return {};
}

void CaseOutside::arrive(const CaseEvent& event, Server& server) {
  const std::uint32_t number = event.queue % kCaseQueuesMax;
  if (closed_[number]) {
    return;
  }
  if (queue_ids_[number] == kNoQueue) {
    queue_ids_[number] = queues_used_++;
  }
  static_cast<void>(server.arrive(Arrival{.time = next_,
                                          .timeout = std::max(event.timeout, SimDuration{0}),
                                          .queue = QueueId{queue_ids_[number]},
                                          .size = std::min(event.rows, kMaxRequestRows),
                                          .priority = event.priority}));
  ++arrived_;
}

void CaseOutside::cancel(const CaseEvent& event, Server& server) {
  if (event.request >= arrived_) {
    return;
  }
  const std::optional<RequestSlot> slot =
      server.requests().find(RequestId{arrived_ - 1 - event.request});
  if (slot) {
    server.cancel(next_, *slot);
  }
}

void CaseOutside::close(const CaseEvent& event, Server& server) {
  const std::uint32_t number = event.queue % kCaseQueuesMax;
  if (queue_ids_[number] != kNoQueue && !closed_[number]) {
    closed_[number] = true;
    server.close_queue(next_, QueueId{queue_ids_[number]});
  }
}

std::vector<std::string> case_queue_names() {
  std::vector<std::string> names;
  for (std::uint32_t queue = 0; queue < kCaseQueuesMax; ++queue) {
    names.push_back("q" + std::to_string(queue));
  }
  return names;
}

}  // namespace lockstep
