#include "properties/cases/scripted_world.h"

#include <algorithm>

#include "properties/cases/case_run.h"

namespace lockstep {
namespace {

const CaseExecution kDullExecution{.takes = SimDuration{1'000'000}};

SimDuration bounded(SimDuration time) {
  constexpr SimDuration kLongest{std::int64_t{1} << 50};
  return std::clamp(time, SimDuration{0}, kLongest);
}

}  // namespace

ScriptedWorld::ScriptedWorld(const Case& value, Server& server)
    : value_(value), server_(server), outside_(value) {}

SimTime ScriptedWorld::next() const {
  SimTime earliest = std::min(server_.wake_at(), outside_.next());
  for (const Running& running : running_) {
    earliest = std::min(earliest, running.finishes);
  }
  return earliest;
}

bool ScriptedWorld::run() {
  SimTime now{};
  std::size_t steps = 0;
  while (true) {
    const SimTime time = next();
    if (time == kForever) {
      return true;
    }
    steps = time == now ? steps + 1 : 1;
    now = time;
    if (steps > kStepsAtOnceMax + value_.events.size()) {
      return false;
    }
    happen(now);
  }
}

std::size_t ScriptedWorld::choose(std::size_t count) {
  if (count < 2 || tie_ >= value_.ties.size()) {
    return 0;
  }
  return value_.ties[tie_++] % count;
}

void ScriptedWorld::happen(SimTime now) {
  std::vector<std::size_t> completions;
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (running_[i].finishes == now) {
      completions.push_back(i);
    }
  }
  const bool timer = server_.wake_at() == now;
  const bool outside = outside_.next() == now;
  const std::size_t chosen = choose(completions.size() + std::size_t{timer} + std::size_t{outside});
  if (chosen < completions.size()) {
    complete(completions[chosen], now);
  } else if (timer && chosen == completions.size()) {
    server_.timer(now);
    take_started(now);
  } else {
    const CaseEvent& event = outside_.event();
    if (event.kind == CaseEventKind::kLaneDown || event.kind == CaseEventKind::kLaneUp) {
      lane_event(event, now);
    }
    const std::uint64_t inputs = server_.totals().inputs;
    static_cast<void>(outside_.act(server_));
    if (server_.totals().inputs != inputs) {  // else nobody was told anything
      take_started(now);
    }
  }
}

void ScriptedWorld::complete(std::size_t index, SimTime now) {
  const Running running = running_[index];
  running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
  const bool has_rows = server_.running_on(running.lane)->padded_rows > 0;
  const CaseExecution& execution = this->execution(running.batch);
  std::int64_t pending = 0;
  for (const Running& other : running_) {
    pending += std::int64_t{server_.running_on(other.lane)->padded_rows > 0};
  }
  server_.batch_done({.now = now,
                      .lane = running.lane,
                      .status = has_rows ? execution.status : Status::kOk,
                      .device_time = has_rows ? bounded(execution.takes) : SimDuration{0},
                      .device_pending = server_.scheduler().needs().device_pending ? pending : 0});
  take_started(now);
}

void ScriptedWorld::take_started(SimTime now) {
  for (const StartedBatch& started : server_.started()) {
    const CaseExecution& execution = this->execution(started.batch);
    const SimDuration takes =
        started.rows == 0 ? SimDuration{0} : bounded(execution.waits) + bounded(execution.takes);
    running_.push_back({started.batch, started.lane, now + takes});
  }
}

void ScriptedWorld::lane_event(const CaseEvent& event, SimTime now) {
  const LaneId lane{event.lane % server_.lane_count()};
  const Status down = server_.down_status(lane);
  const auto running = std::find_if(running_.begin(), running_.end(),
                                    [&](const Running& r) { return r.lane == lane; });
  if (event.kind == CaseEventKind::kLaneUp) {
    if (down == Status::kUnavailable && running == running_.end()) {
      server_.lane_up(now, lane);
      take_started(now);
    }
    return;
  }
  if (down == Status::kInternal) {
    return;  // already for good
  }
  server_.lane_down(now, lane, event.lost ? Status::kInternal : Status::kUnavailable);
  take_started(now);
  const auto lost = std::find_if(running_.begin(), running_.end(),
                                 [&](const Running& r) { return r.lane == lane; });
  if (lost != running_.end()) {  // its batch goes with it
    running_.erase(lost);
    server_.batch_done({.now = now, .lane = lane, .status = Status::kUnavailable});
    take_started(now);
  }
}

const CaseExecution& ScriptedWorld::execution(BatchId batch) const {
  return value_.executions.empty() ? kDullExecution
                                   : value_.executions[raw(batch) % value_.executions.size()];
}

}  // namespace lockstep
