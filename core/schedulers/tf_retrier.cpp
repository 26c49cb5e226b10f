#include "core/schedulers/tf_retrier.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/limits.h"
#include "core/ring.h"
#include "core/schedulers/tf_option_checks.h"

namespace lockstep {
namespace {

class TfRetrier final : public Scheduler {
 public:
  TfRetrier(std::unique_ptr<Scheduler> inner, const TfRetrierOptions& options)
      : inner_(std::move(inner)),
        time_max_(SimDuration{options.max_time_micros * 1000}),
        delay_(SimDuration{options.retry_delay_micros * 1000}) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    std::optional<Waiting> refused;
    if (input.kind == InputKind::kArrive) {
      refused =
          offer(Waiting{.request = input.request, .first = input.now, .number = next_number_++},
                input, requests, out);
    } else if (input.kind == InputKind::kTimer) {
      wake_ = kForever;
      if (inner_wake_ <= input.now) {
        inner_wake_ = kForever;
        forward(input, requests, out);
      }
    } else {
      forward(input, requests, out);
    }
    if (delay_ == SimDuration{0} || input.kind == InputKind::kTimer) {
      retry_due(input, requests, out);
    }
    if (refused) {
      wait(*refused);
    }
    plan_wake(input.now, out);
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    return inner_->counters(queue);
  }

  [[nodiscard]] Needs needs() const override { return inner_->needs(); }
  [[nodiscard]] std::string in_flight_limit() const override { return inner_->in_flight_limit(); }

  [[nodiscard]] Promises promises() const override {
    const Promises inner = inner_->promises();
    if (delay_ >= time_max_) {
      return inner;  // the first refusal always stands
    }
    // Who waits for a retry is overtaken, lets lanes idle, and hears of no cancel and no closing;
    // but after max_time_micros it is the inner scheduler's or refused.
    return Promises{.starvation_free = inner.starvation_free};
  }

 private:
  // A request that was refused and will be offered again.
  struct Waiting {
    RequestSlot request{};
    SimTime first{};           // its first offer
    SimTime next{};            // its next one; not used when the delay is 0
    std::uint64_t number = 0;  // of all requests, in the order of arrival
  };

  // Passes the inner scheduler's decisions on, but for its wake-ups and for a refusal of `offered`
  // that is to be tried again. Returns whether there was one.
  bool pass_decisions(const Waiting* offered, SimTime now, Decisions& out) {
    bool tries_again = false;
    for (const Decision& decision : inner_decisions_.entries()) {
      if (decision.kind == DecisionKind::kWake) {
        inner_wake_ = decision.wake;
        continue;
      }
      const bool refusal = offered != nullptr && decision.kind == DecisionKind::kFinish &&
                           decision.status == Status::kUnavailable &&
                           decision.request == offered->request;
      if (refusal && (now + delay_) - offered->first < time_max_) {
        tries_again = true;
      } else {
        out.pass_on(inner_decisions_, decision);
      }
    }
    return tries_again;
  }

  void forward(const Input& input, const RequestTable& requests, Decisions& out) {
    inner_decisions_.clear();
    inner_->step(input, requests, inner_decisions_);
    pass_decisions(nullptr, input.now, out);
  }

  // Returns the request when it has to wait for another try. `cause` is the input of this step.
  std::optional<Waiting> offer(Waiting waiting, const Input& cause, const RequestTable& requests,
                               Decisions& out) {
    Input input;
    input.now = cause.now;
    input.sequence = cause.sequence;
    input.kind = InputKind::kArrive;
    input.request = waiting.request;
    input.queue = requests.at(waiting.request).arrival.queue;
    inner_decisions_.clear();
    inner_->step(input, requests, inner_decisions_);
    if (!pass_decisions(&waiting, cause.now, out)) {
      return std::nullopt;
    }
    waiting.next = cause.now + delay_;
    return waiting;
  }

  // Those whose time has come; all of them when there is no delay, so who is refused again waits
  // until everybody has had a turn.
  void retry_due(const Input& cause, const RequestTable& requests, Decisions& out) {
    for (std::size_t left = waiting_.size(); left > 0; --left) {
      const Waiting first = waiting_.front();
      if (first.next > cause.now) {
        break;
      }
      waiting_.pop_front();
      if (const std::optional<Waiting> refused = offer(first, cause, requests, out); refused) {
        refused_again_.push_back(*refused);
      }
    }
    for (const Waiting& refused : refused_again_) {
      wait(refused);
    }
    refused_again_.clear();
  }

  // Keeps the order of (next, number). Times come in order, so only equal ones are looked at.
  void wait(const Waiting& waiting) {
    waiting_.push_back(waiting);
    for (std::size_t i = waiting_.size() - 1; i > 0; --i) {
      Waiting& before = waiting_.at(i - 1);
      LOCKSTEP_CHECK(before.next <= waiting.next);
      if (before.next < waiting.next || before.number < waiting.number) {
        break;
      }
      std::swap(before, waiting_.at(i));
    }
  }

  void plan_wake(SimTime now, Decisions& out) {
    SimTime wanted = inner_wake_;
    if (!waiting_.empty()) {
      const Waiting& first = waiting_.front();
      wanted = std::min(wanted, delay_ == SimDuration{0} ? first.first + time_max_ : first.next);
    }
    if (wanted != wake_) {
      // Under a driver whose timers come late a time may have passed already.
      wake_ = std::max(wanted, now + SimDuration{1});
      out.wake(wake_);
    }
  }

  std::unique_ptr<Scheduler> inner_;
  SimDuration time_max_;
  SimDuration delay_;
  Ring<Waiting> waiting_;               // by (next, number)
  std::vector<Waiting> refused_again_;  // within one step
  Decisions inner_decisions_;
  SimTime inner_wake_ = kForever;  // what the inner scheduler asked for
  SimTime wake_ = kForever;        // what we asked for
  std::uint64_t next_number_ = 0;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> make_tf_retrier(std::unique_ptr<Scheduler> inner,
                                                   const TfRetrierOptions& options) {
  LOCKSTEP_CHECK(inner != nullptr);
  Result<void> checked =
      check_non_negative("max_time_micros", options.max_time_micros, kMaxTimeNs / 1000);
  if (checked) {
    checked =
        check_non_negative("retry_delay_micros", options.retry_delay_micros, kMaxTimeNs / 1000);
  }
  if (!checked) {
    return tl::unexpected(checked.error());
  }
  return std::make_unique<TfRetrier>(std::move(inner), options);
}

}  // namespace lockstep
