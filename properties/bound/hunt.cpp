#include "properties/bound/hunt.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "properties/cases/case_run.h"

namespace lockstep {
namespace {

enum class Filler { kNever, kAtOnce, kLater };  // when the victim's batch becomes full

class Traffic {
 public:
  Traffic(const Case& base, const HuntShape& shape) : value_(base), shape_(shape) {
    value_.events.clear();
    // Queues are known in order before anything counts.
    for (std::uint32_t queue = 0; queue < shape.queues; ++queue) {
      arrive(queue, shape.rows_max, SimDuration{0});
    }
    gap_ = kQuiet;
  }

  void pass(SimDuration time) { gap_ += time; }
  void full(std::uint32_t queue, std::uint32_t count = 1) {
    for (; count > 0; --count) {
      arrive(queue % shape_.queues, shape_.rows_max, std::exchange(gap_, SimDuration{0}));
    }
  }
  void rows(std::uint32_t queue, std::uint32_t rows) {
    if (rows > 0) {
      arrive(queue % shape_.queues, rows, std::exchange(gap_, SimDuration{0}));
    }
  }
  [[nodiscard]] Case take() { return std::move(value_); }

 private:
  static constexpr SimDuration kQuiet{std::int64_t{3'600} * 1'000'000'000};

  void arrive(std::uint32_t queue, std::uint32_t rows, SimDuration gap) {
    value_.events.push_back({.gap = gap, .queue = queue, .rows = rows});
  }

  Case value_;
  HuntShape shape_;
  SimDuration gap_{0};
};

// Every lane has just begun a batch of the victim's queue, so that it is the last in turn; every
// queue holds M batches, the victim's is the last of its own.
// Polling threads do not begin together: one more batch waits, and the rest comes when the first
// batch is done and its lane takes that one.
Case backlog(const Case& base, const HuntShape& shape, std::uint32_t victim, Filler filler) {
  Traffic traffic(base, shape);
  if (shape.poll == SimDuration{0}) {
    traffic.full(victim, shape.lanes);
  } else {
    const SimDuration share = shape.batch_max / (shape.lanes + 1);
    for (std::uint32_t lane = 0; lane <= shape.lanes; ++lane) {
      traffic.full(victim);
      traffic.pass(share);
    }
    traffic.pass(shape.batch_max - (shape.lanes + 1) * share);
  }
  for (std::uint32_t other = 1; other < shape.queues; ++other) {
    traffic.full(victim + other, shape.batches_max);
  }
  traffic.full(victim, shape.batches_max - 1);
  traffic.rows(victim, 1);
  if (filler == Filler::kLater) {
    traffic.pass(SimDuration{1});
  }
  traffic.rows(victim, filler == Filler::kNever ? (shape.rows_max > 2 ? shape.rows_max - 2 : 0)
                                                : shape.rows_max - 1);
  return traffic.take();
}

// The victim waits alone; a nanosecond before its time-out the next queue takes every lane, and
// each other one has a batch that is due.
Case late_burst(const Case& base, const HuntShape& shape, std::uint32_t victim, Filler filler) {
  Traffic traffic(base, shape);
  traffic.rows(victim, 1);
  traffic.rows(victim, filler == Filler::kNever && shape.rows_max > 2 ? shape.rows_max - 2 : 0);
  if (shape.queues > 1) {
    traffic.pass(std::max(shape.timeout - SimDuration{1}, SimDuration{0}));
    traffic.full(victim + 1, shape.lanes);
    for (std::uint32_t other = 2; other < shape.queues; ++other) {
      traffic.full(victim + other);
    }
  }
  if (filler != Filler::kNever) {
    traffic.pass(SimDuration{filler == Filler::kLater ? 2 : 0});
    traffic.rows(victim, shape.rows_max - 1);
  }
  return traffic.take();
}

}  // namespace

SimDuration worst_latency(const Case& value) {
  Result<MadeScheduler> made = make_registered(value);
  LOCKSTEP_CHECK(made.has_value());
  RunRecord record;
  const CaseRun run = run_case(value, std::move(*made), record);
  SimDuration worst{0};
  for (const RecordedRequest& request : record.requests) {
    if (run.outcome == CaseOutcome::kRan && request.end && request.first_batch) {
      worst = std::max(worst, request.end->at - request.arrival.time);
    }
  }
  return worst;
}

HuntResult hunt_worst_latency(const Case& base, const HuntShape& shape) {
  HuntResult result;
  const std::uint64_t requests =
      std::uint64_t{shape.lanes} + 2 + std::uint64_t{shape.queues} * (shape.batches_max + 1u);
  if (requests > kHuntRequestsMax) {
    return result;
  }
  const auto attempt = [&](Case value) {
    const SimDuration latency = worst_latency(value);
    ++result.runs;
    if (latency > result.latency) {
      result.latency = latency;
      result.worst = std::move(value);
    }
  };
  for (std::uint32_t victim = 0; victim < std::min(shape.queues, 8u); ++victim) {
    for (const Filler filler : {Filler::kNever, Filler::kAtOnce, Filler::kLater}) {
      attempt(backlog(base, shape, victim, filler));
      attempt(late_burst(base, shape, victim, filler));
    }
  }
  return result;
}

}  // namespace lockstep
