#include "properties/live_linearization.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/server.h"

namespace lockstep {
namespace {

// One thing that may come next: an operation, or a step of the core that nobody sees.
struct NextStep {
  enum class Kind : std::uint8_t { kOperation, kWakeUp, kEmptyBatch } kind = Kind::kOperation;
  std::size_t number = 0;  // of the operation, or of the lane
};

// The core, and what it has done that was not seen yet.
class SequentialCore final : private EventSink {
 public:
  explicit SequentialCore(const SequentialSetting& setting)
      : setting_(setting),
        server_(setting.scheduler(), {.lane_count = setting.lanes}, this),
        lanes_(setting.lanes),
        pending_(setting.gpus),
        requests_(setting.arrivals->size()) {}

  // Whether the core could have done what was seen.
  [[nodiscard]] bool allows(const LiveOperation& operation) const {
    const Lane& lane = lanes_[raw(operation.lane)];
    const Known& request = requests_[operation.request];
    switch (operation.kind) {
      case LiveOperationKind::kSubmit:
        return !request.id;
      case LiveOperationKind::kCancel:
        return true;
      case LiveOperationKind::kLaunch:
        return lane.state == State::kStarted && lane.rows == operation.rows;
      case LiveOperationKind::kComplete:
        return lane.state == State::kLaunched;
      case LiveOperationKind::kAnswer:
        return request.ended == operation.status && !request.answered &&
               request.ended_at == operation.answered;
    }
    return false;
  }
  [[nodiscard]] bool runs_empty_batch(std::size_t lane) const {
    return lanes_[lane].state == State::kStarted && lanes_[lane].rows == 0;
  }
  [[nodiscard]] SimTime wake_at() const { return server_.wake_at(); }
  [[nodiscard]] std::uint64_t digest() const { return server_.digest(); }
  // Requests in the order of their ids: the digest does not tell like ones apart.
  [[nodiscard]] const std::vector<std::size_t>& by_id() const { return by_id_; }

  void take(const NextStep& step, const LiveHistory& history) {
    switch (step.kind) {
      case NextStep::Kind::kOperation:
        return take(history[step.number]);
      case NextStep::Kind::kWakeUp:
        last_ = server_.wake_at();
        server_.timer(last_);
        return look_at_started();
      case NextStep::Kind::kEmptyBatch:
        return end_batch({.lane = LaneId{static_cast<std::uint32_t>(step.number)}, .at = last_});
    }
  }

 private:
  enum class State : std::uint8_t { kIdle, kStarted, kLaunched };
  struct Lane {
    State state = State::kIdle;
    std::uint32_t rows = 0;
  };
  struct Known {  // of a request
    std::optional<RequestId> id;
    std::optional<Status> ended;
    SimTime ended_at{};
    bool answered = false;
  };
  struct BatchEnd {
    LaneId lane{0};
    SimTime at{};
    Status status = Status::kOk;
    SimDuration device_time{0};
  };

  void take(const LiveOperation& operation) {
    Known& request = requests_[operation.request];
    switch (operation.kind) {
      case LiveOperationKind::kSubmit: {
        Arrival arrival = (*setting_.arrivals)[operation.request];
        last_ = std::max(last_, std::min(arrival.time, operation.at));
        arrival.time = last_;
        request.id = RequestId{by_id_.size()};
        by_id_.push_back(operation.request);
        server_.arrive(arrival);
        return look_at_started();
      }
      case LiveOperationKind::kCancel:
        if (!request.id || request.ended) {
          return;  // its client does not know it yet, or it was too late
        }
        last_ = std::max(last_, operation.at);
        server_.cancel(last_, *request.id);
        return look_at_started();
      case LiveOperationKind::kLaunch:
        lanes_[raw(operation.lane)].state = State::kLaunched;
        return;
      case LiveOperationKind::kComplete:
        return end_batch({.lane = operation.lane,
                          .at = operation.at,
                          .status = operation.status,
                          .device_time = operation.device_time});
      case LiveOperationKind::kAnswer:
        request.answered = true;
        return;
    }
  }
  void end_batch(const BatchEnd& end) {
    last_ = std::max(last_, end.at);
    lanes_[raw(end.lane)].state = State::kIdle;
    const std::int64_t pending = --pending_[raw(end.lane) % setting_.gpus];
    const SimTime dispatched = server_.running_on(end.lane)->dispatched;
    server_.batch_done(
        {.now = last_,
         .lane = end.lane,
         .status = end.status,
         .device_time = std::clamp(end.device_time, SimDuration{0}, last_ - dispatched),
         .device_pending = server_.scheduler().needs().device_pending ? pending : 0});
    look_at_started();
  }
  void look_at_started() {
    for (const StartedBatch& batch : server_.started()) {
      ++pending_[raw(batch.lane) % setting_.gpus];
      lanes_[raw(batch.lane)] = {.state = State::kStarted, .rows = batch.rows};
    }
  }

  [[nodiscard]] bool wants_journal() const override { return false; }
  void journal(const JournalLine& /*line*/) override {}
  void batch_ended(const BatchRecord& /*batch*/) override {}
  void request_unanswered(const Request& /*request*/) override {}
  void requests_ended(const RequestsEnd& ends) override {
    for (const Request* ended : ends.requests) {
      Known& request = requests_[by_id_[raw(ended->id)]];
      request.ended = ends.status;
      request.ended_at = ends.at;
    }
  }

  const SequentialSetting& setting_;
  Server server_;
  std::vector<Lane> lanes_;
  std::vector<std::int64_t> pending_;  // by GPU, as the driver counts
  std::vector<Known> requests_;
  std::vector<std::size_t> by_id_;
  SimTime last_{};
};

bool is_instant(const LiveOperation& operation) {
  return operation.invoked == operation.responded;
}

bool is_submission(const LiveOperation& operation) {
  return operation.kind == LiveOperationKind::kSubmit ||
         operation.kind == LiveOperationKind::kCancel;
}

class LinearizationSearch {
 public:
  LinearizationSearch(const SequentialSetting& setting, const LiveHistory& history,
                      std::uint64_t step_limit)
      : setting_(setting),
        history_(history),
        step_limit_(step_limit),
        core_(std::make_unique<SequentialCore>(setting)) {}

  Linearization run() {
    if (history_.size() > kMaxLinearizedOperations) {
      return std::move(result_);
    }
    open();
    while (!levels_.empty() && result_.steps < step_limit_) {
      if (done_count() == history_.size()) {
        result_.verdict = Linearized::kYes;
        break;
      }
      if (levels_.back().empty()) {
        close();
      } else {
        descend();
      }
    }
    if (levels_.empty()) {
      result_.verdict = Linearized::kNo;
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::size_t done_count() const { return result_.order.size(); }
  [[nodiscard]] bool is_done(std::size_t number) const { return ((done_ >> number) & 1U) != 0; }

  // A level of the search: what may come next here, the best last.
  void open() {
    std::vector<NextStep> steps;
    if (tried_.emplace(done_, core_->digest(), core_->by_id()).second) {
      steps = next_steps();
    }
    levels_.push_back(std::move(steps));
    result_.explained = std::max(result_.explained, done_count());
  }

  [[nodiscard]] std::vector<NextStep> next_steps() const {
    std::uint64_t first_instant = kNeverResponds;
    std::uint64_t first_response = kNeverResponds;  // of a submit or a cancel
    SimTime now = kForever;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      const LiveOperation& operation = history_[i];
      if (!is_done(i)) {
        std::uint64_t& first = is_instant(operation) ? first_instant : first_response;
        first = std::min(first, operation.responded);
        now = std::min(now, operation.at);
      }
    }
    const SimTime wake = core_->wake_at();
    if (wake < now) {
      return {{.kind = NextStep::Kind::kWakeUp}};
    }
    std::vector<NextStep> submissions;
    std::vector<NextStep> completions;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      const LiveOperation& operation = history_[i];
      if (is_done(i) || operation.at != now || operation.invoked > first_instant ||
          (is_submission(operation) && operation.invoked > first_response) ||
          !core_->allows(operation)) {
        continue;
      }
      if (is_instant(operation)) {
        return {{.number = i}};  // changes nothing for the others: it can as well be now
      }
      (is_submission(operation) ? submissions : completions).push_back({.number = i});
    }
    // The driver's own order at an instant: completions, wake-ups, submissions.
    std::vector<NextStep> steps(submissions.rbegin(), submissions.rend());
    if (wake == now && now != kForever) {
      steps.push_back({.kind = NextStep::Kind::kWakeUp});
    }
    steps.insert(steps.end(), completions.rbegin(), completions.rend());
    for (std::size_t lane = 0; lane < setting_.lanes; ++lane) {
      if (core_->runs_empty_batch(lane)) {
        steps.push_back({.kind = NextStep::Kind::kEmptyBatch, .number = lane});
      }
    }
    return steps;
  }

  void descend() {
    const NextStep step = levels_.back().back();
    levels_.back().pop_back();
    if (stale_) {  // a core cannot go back: a fresh one goes there
      core_ = std::make_unique<SequentialCore>(setting_);
      for (const NextStep& earlier : path_) {
        core_->take(earlier, history_);
      }
      result_.steps += path_.size();
      stale_ = false;
    }
    core_->take(step, history_);
    ++result_.steps;
    path_.push_back(step);
    if (step.kind == NextStep::Kind::kOperation) {
      done_ |= std::uint64_t{1} << step.number;
      result_.order.push_back(step.number);
    }
    open();
  }

  void close() {
    levels_.pop_back();
    if (path_.empty()) {
      return;
    }
    const NextStep step = path_.back();
    path_.pop_back();
    if (step.kind == NextStep::Kind::kOperation) {
      done_ &= ~(std::uint64_t{1} << step.number);
      result_.order.pop_back();
    }
    stale_ = true;
  }

  const SequentialSetting& setting_;
  const LiveHistory& history_;
  std::uint64_t step_limit_;
  std::unique_ptr<SequentialCore> core_;
  bool stale_ = false;                         // core_ is not where path_ is
  std::uint64_t done_ = 0;                     // operations, a bit each
  std::vector<NextStep> path_;                 // from the beginning to here
  std::vector<std::vector<NextStep>> levels_;  // one more than path_
  std::set<std::tuple<std::uint64_t, std::uint64_t, std::vector<std::size_t>>> tried_;
  Linearization result_;
};

}  // namespace

Linearization linearize(const SequentialSetting& setting, const LiveHistory& history,
                        std::uint64_t step_limit) {
  return LinearizationSearch(setting, history, step_limit).run();
}

}  // namespace lockstep
