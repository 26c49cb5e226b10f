#include "properties/checkers/waiting_view.h"

#include <algorithm>

namespace lockstep {

SimTime start_of_trimmed(SimTime start, SimTime now, std::uint64_t kept_rows,
                         std::uint64_t left_rows) {
  const std::int64_t start_us = ns_of(start) / 1000;
  const std::int64_t passed_us = ns_of(now) / 1000 - start_us;
  const auto kept = static_cast<std::int64_t>(kept_rows);
  const std::int64_t all = kept + static_cast<std::int64_t>(left_rows);
  // passed * kept / all without overflow.
  return at_ns((start_us + passed_us / all * kept + passed_us % all * kept / all) * 1000);
}

WaitingView::WaitingView(const RunRules& rules)
    : queue_rules_(rules.queues),
      other_queues_(rules.other_queues),
      lanes_(rules.lane_count),
      idle_count_(rules.lane_count),
      up_count_(rules.lane_count) {}

const WaitingView::Queue& WaitingView::at(QueueId queue) const {
  static const Queue empty;
  return raw(queue) < queues_.size() ? queues_[raw(queue)] : empty;
}

WaitingView::Queue& WaitingView::grown(QueueId queue) {
  if (raw(queue) >= queues_.size()) {
    queues_.resize(raw(queue) + std::size_t{1});
  }
  return queues_[raw(queue)];
}

std::optional<LaneId> WaitingView::lowest_idle_lane() const {
  for (std::uint32_t lane = 0; idle_count_ > 0 && lane < lanes_.size(); ++lane) {
    if (lanes_[lane].up && !lanes_[lane].busy) {
      return LaneId{lane};
    }
  }
  return std::nullopt;
}

RequestId WaitingView::front(QueueId queue) const {
  const Queue& of = at(queue);
  return RequestId{of.order[of.front]};
}

SimTime WaitingView::front_opened(QueueId queue) const {
  return at(queue).trimmed_start.value_or(requests_[raw(front(queue))].arrived);
}

SimTime WaitingView::front_rank(QueueId queue) const {
  const Queue& of = at(queue);
  const auto rows_max = rules_of(queue).batch_rows_max;
  const bool open = !rows_max || of.rows <= static_cast<std::uint64_t>(*rows_max);
  return open ? front_opened(queue)
              : of.trimmed_rank.value_or(requests_[raw(front(queue))].arrived);
}

void WaitingView::take(const RunRecord& run) {
  const JournalLine& line = run.lines.back();
  line.is_input ? input(line) : decision(run, line);
}

void WaitingView::set_lane(LaneId lane, const Lane& state) {
  if (raw(lane) >= lanes_.size()) {
    return;
  }
  Lane& now = lanes_[raw(lane)];
  const auto count = [](const Lane& of) { return of.up && !of.busy ? 1u : 0u; };
  idle_count_ = idle_count_ - count(now) + count(state);
  up_count_ = up_count_ - std::uint32_t{now.up} + std::uint32_t{state.up};
  running_count_ = running_count_ - std::uint32_t{now.busy} + std::uint32_t{state.busy};
  now = state;
}

void WaitingView::input(const JournalLine& line) {
  const Input& input = line.input;
  now_ = input.now;
  const bool known = raw(input.lane) < lanes_.size();
  switch (input.kind) {
    case InputKind::kArrive:
      arrive(line);
      break;
    case InputKind::kTimer:
      wake_ = kForever;
      break;
    case InputKind::kBatchDone:
      std::erase(filling_, input.batch);
      if (known) {
        set_lane(input.lane, {.busy = false, .up = lanes_[raw(input.lane)].up});
      }
      break;
    case InputKind::kCloseQueue: {
      Queue& queue = grown(input.queue);
      queue.closed = std::min(queue.closed, input.now);
      break;
    }
    case InputKind::kLaneUp:
    case InputKind::kLaneDown:
      if (known) {
        set_lane(input.lane,
                 {.busy = lanes_[raw(input.lane)].busy, .up = input.kind == InputKind::kLaneUp});
      }
      break;
    case InputKind::kCancel:
    case InputKind::kStepDone:
      break;
  }
}

void WaitingView::arrive(const JournalLine& line) {
  const std::uint64_t id = raw(line.request);
  if (line.request == kUnknownRequest) {
    return;
  }
  if (id >= requests_.size()) {
    requests_.resize(id + 1);
  }
  requests_[id] = {.queue = line.arrival.queue,
                   .arrived = line.input.now,
                   .rows_left = line.arrival.size,
                   .priority = line.arrival.priority,
                   .waits = true};
  Queue& queue = grown(line.arrival.queue);
  queue.order.push_back(id);
  queue.rows += line.arrival.size;
  ++queue.count;
  ++waiting_count_;
}

void WaitingView::decision(const RunRecord& run, const JournalLine& line) {
  const Decision& decision = line.decision;
  switch (decision.kind) {
    case DecisionKind::kStart:
      start(line);
      // The record numbers batches in the order of their starts.
      if (!decision.sealed && !run.batches.empty()) {
        filling_.push_back(decision.batch);
      }
      break;
    case DecisionKind::kAdd:
      take_members(line);
      break;
    case DecisionKind::kSeal:
      std::erase(filling_, decision.batch);
      break;
    case DecisionKind::kFinish:
      if (raw(line.request) < requests_.size() && requests_[raw(line.request)].waits) {
        leave(raw(line.request));
      }
      break;
    case DecisionKind::kWake:
      wake_ = decision.wake;
      break;
    case DecisionKind::kFinishBatch:
      break;
  }
}

void WaitingView::start(const JournalLine& line) {
  const Decision& decision = line.decision;
  if (raw(decision.lane) < lanes_.size()) {
    set_lane(decision.lane, {.busy = true, .up = lanes_[raw(decision.lane)].up});
  }
  Queue& queue = grown(decision.queue);
  ++queue.started;
  std::uint64_t rows = 0;
  for (const JournalMember& member : line.members) {
    rows += member.rows;
  }
  const QueueRules& rules = rules_of(decision.queue);
  std::optional<SimTime> start;
  std::optional<SimTime> rank;
  // Only a batch that was open is trimmed (TF 2.3 step 2).
  if (!rules.allowed_sizes.empty() && !rules.pads_up && rules.batch_rows_max && queue.count > 0 &&
      rows > 0 && rows < queue.rows &&
      queue.rows <= static_cast<std::uint64_t>(*rules.batch_rows_max)) {
    start = start_of_trimmed(front_opened(decision.queue), now_, rows, queue.rows - rows);
    rank = queue.trimmed_rank.value_or(requests_[raw(front(decision.queue))].arrived);
  }
  take_members(line);
  queue.trimmed_start = start;
  queue.trimmed_rank = rank;
}

void WaitingView::take_members(const JournalLine& line) {
  for (const JournalMember& member : line.members) {
    const std::uint64_t id = raw(member.request);
    if (id >= requests_.size() || !requests_[id].waits) {
      continue;
    }
    const std::uint32_t rows = std::min(member.rows, requests_[id].rows_left);
    requests_[id].rows_left -= rows;
    queues_[raw(requests_[id].queue)].rows -= rows;
    if (requests_[id].rows_left == 0) {
      leave(id);
    }
  }
}

void WaitingView::leave(std::uint64_t id) {
  Waiting& request = requests_[id];
  Queue& queue = queues_[raw(request.queue)];
  request.waits = false;
  queue.rows -= request.rows_left;
  request.rows_left = 0;
  --queue.count;
  --waiting_count_;
  while (queue.front < queue.order.size() && !requests_[queue.order[queue.front]].waits) {
    ++queue.front;
  }
}

}  // namespace lockstep
