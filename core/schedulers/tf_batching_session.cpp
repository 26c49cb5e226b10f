#include "core/schedulers/tf_batching_session.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr SimDuration kNoTimeout{std::int64_t{INT32_MAX} * 1000};
constexpr std::int64_t kNanosPerMilli = 1'000'000;

SimTime deadline_of(const Arrival& arrival) {
  return after(arrival.time, arrival.timeout > SimDuration{0} ? arrival.timeout : kNoTimeout);
}

class TfBatchingSession final : public Scheduler {
 public:
  explicit TfBatchingSession(std::unique_ptr<Scheduler> inner) : inner_(std::move(inner)) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    Input told = input;
    if (input.kind == InputKind::kBatchDone) {
      told.status = status_of(input);
    }
    const bool late = told.status != input.status;
    inner_decisions_.clear();
    inner_->step(told, requests, inner_decisions_);
    for (const Decision& decision : inner_decisions_.entries()) {
      if (decision.kind == DecisionKind::kStart) {
        start(decision, input.now, requests, out);
      } else if (decision.kind == DecisionKind::kFinishBatch && late) {
        out.finish_batch(decision.batch, decision.status, Reason::kExpired);
      } else {
        out.pass_on(inner_decisions_, decision);
      }
    }
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    return inner_->counters(queue);
  }
  [[nodiscard]] Promises promises() const override { return inner_->promises(); }
  [[nodiscard]] Needs needs() const override { return inner_->needs(); }
  [[nodiscard]] std::string in_flight_limit() const override { return inner_->in_flight_limit(); }

 private:
  // Of the batch on a lane.
  struct Run {
    bool expired = false;  // rule 2
    SimTime ends{};        // rule 3: the last moment in time
  };

  Run& run_of(LaneId lane) {
    if (raw(lane) >= runs_.size()) {
      runs_.resize(raw(lane) + std::size_t{1});
    }
    return runs_[raw(lane)];
  }

  void start(const Decision& decision, SimTime now, const RequestTable& requests, Decisions& out) {
    LOCKSTEP_CHECK(decision.sealed);
    const std::span<const Piece> pieces = inner_decisions_.pieces(decision);
    SimTime latest{};
    for (const Piece& piece : pieces) {
      latest = std::max(latest, deadline_of(requests.at(piece.request).arrival));
    }
    Run& run = run_of(decision.lane);
    run.expired = !pieces.empty() && latest <= now;
    const std::int64_t limit_ms = (latest - now).count() / kNanosPerMilli;
    run.ends = limit_ms > 0 ? after(now, SimDuration{limit_ms * kNanosPerMilli}) : kForever;
    if (!run.expired) {
      out.pass_on(inner_decisions_, decision);
      return;
    }
    out.start(Start{.batch = decision.batch,
                    .lane = decision.lane,
                    .queue = decision.queue,
                    .opened = decision.opened,
                    .due = decision.due,
                    .reason = Reason::kExpired},
              PieceRange{pieces, {}});
  }

  // Of the batch that is done now; a failure of the device comes first.
  Status status_of(const Input& input) {
    const Run& run = run_of(input.lane);
    if (input.status != Status::kOk) {
      return input.status;
    }
    if (run.expired) {
      return Status::kResourceExhausted;
    }
    return input.now > run.ends ? Status::kDeadlineExceeded : Status::kOk;
  }

  std::unique_ptr<Scheduler> inner_;
  Decisions inner_decisions_;
  std::vector<Run> runs_;  // by lane
};

}  // namespace

std::unique_ptr<Scheduler> make_tf_batching_session(std::unique_ptr<Scheduler> inner) {
  LOCKSTEP_CHECK(inner != nullptr);
  return std::make_unique<TfBatchingSession>(std::move(inner));
}

}  // namespace lockstep
