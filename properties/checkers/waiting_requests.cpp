#include "properties/checkers/waiting_requests.h"

#include <algorithm>

namespace lockstep {

std::uint64_t WaitingRequests::Queue::rows() const {
  std::uint64_t sum = 0;
  for (const Class& one : classes) {
    sum += one.rows;
  }
  return sum;
}

std::uint64_t WaitingRequests::Queue::count() const {
  std::uint64_t sum = 0;
  for (const Class& one : classes) {
    sum += one.requests.size();
  }
  return sum;
}

const WaitingRequests::Queue& WaitingRequests::of(QueueId queue) const {
  static const Queue kEmpty;
  return raw(queue) < queues_.size() ? queues_[raw(queue)] : kEmpty;
}

WaitingRequests::Class& WaitingRequests::class_of(const Arrival& arrival) {
  if (raw(arrival.queue) >= queues_.size()) {
    queues_.resize(raw(arrival.queue) + std::size_t{1});
  }
  return queues_[raw(arrival.queue)].classes[criticality_of(arrival.priority)];
}

void WaitingRequests::leave(RequestId request, const RecordedRequest& record, std::uint64_t rows) {
  Class& from = class_of(record.arrival);
  from.rows -= std::min(from.rows, rows);
  from.requests.erase(raw(request));
  waits_[raw(request)] = false;
  --count_;
}

void WaitingRequests::after_line(const RunRecord& run) {
  const JournalLine& line = run.lines.back();
  waits_.resize(std::max(waits_.size(), run.requests.size()));
  if (line.is_input) {
    if (line.input.kind == InputKind::kArrive && raw(line.request) < waits_.size()) {
      Class& to = class_of(line.arrival);
      to.rows += line.arrival.size;
      to.requests.insert(raw(line.request));
      waits_[raw(line.request)] = true;
      ++count_;
    }
    return;
  }
  if (line.decision.kind == DecisionKind::kFinish && waits(line.request)) {
    const RecordedRequest& request = run.requests[raw(line.request)];
    const std::uint32_t size = request.arrival.size;
    leave(line.request, request, size - std::min(size, request.rows_started));
    return;
  }
  for (const JournalMember& member : line.members) {
    if (!waits(member.request)) {
      continue;
    }
    const RecordedRequest& request = run.requests[raw(member.request)];
    // Its last rows; a batch may have two pieces of it.
    if (std::uint64_t{member.first_row} + member.rows >= request.arrival.size) {
      leave(member.request, request, member.rows);
    } else {
      Class& from = class_of(request.arrival);
      from.rows -= std::min<std::uint64_t>(from.rows, member.rows);
    }
  }
}

}  // namespace lockstep
