#include "properties/reference/slow_retrier.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace lockstep {
namespace {

// One caller of upstream's loop, asleep between two calls of the inner scheduler.
struct Sleeper {
  RequestSlot request{};
  SimTime began{};            // its loop: t0
  SimTime wakes{};            // with a delay
  std::uint64_t arrived = 0;  // how many came before it
};

class SlowRetrier final : public Scheduler {
 public:
  SlowRetrier(std::unique_ptr<Scheduler> inner, std::int64_t max_time_micros,
              std::int64_t retry_delay_micros)
      : inner_(std::move(inner)),
        max_time_(SimDuration{max_time_micros * 1000}),
        delay_(SimDuration{retry_delay_micros * 1000}) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    std::vector<Sleeper> asleep_again;
    if (input.kind == InputKind::kArrive) {
      Sleeper fresh{.request = input.request, .began = input.now, .wakes = {}, .arrived = count_++};
      call(fresh, input, requests, out, asleep_again);
    } else if (input.kind != InputKind::kTimer) {
      tell(input, requests, out);
    } else {
      alarm_.reset();
      if (inner_alarm_ && *inner_alarm_ <= input.now) {
        inner_alarm_.reset();
        tell(input, requests, out);
      }
    }
    // Without a delay the loop is a busy one: it calls whenever something may have changed.
    if (is_busy_loop() || input.kind == InputKind::kTimer) {
      for (const Sleeper& due : take_awake(input.now)) {
        call(due, input, requests, out, asleep_again);
      }
    }
    asleep_.insert(asleep_.end(), asleep_again.begin(), asleep_again.end());
    set_alarm(input.now, out);
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    return inner_->counters(queue);
  }
  [[nodiscard]] Promises promises() const override { return {}; }
  [[nodiscard]] Needs needs() const override { return inner_->needs(); }
  [[nodiscard]] std::string in_flight_limit() const override { return inner_->in_flight_limit(); }

 private:
  [[nodiscard]] bool is_busy_loop() const { return delay_ == SimDuration{0}; }

  // Everybody whose sleep is over, in the order in which they wake, then of arrival.
  std::vector<Sleeper> take_awake(SimTime now) {
    std::vector<Sleeper> awake;
    std::vector<Sleeper> others;
    for (const Sleeper& sleeper : asleep_) {
      (is_busy_loop() || sleeper.wakes <= now ? awake : others).push_back(sleeper);
    }
    asleep_ = std::move(others);
    std::sort(awake.begin(), awake.end(), [](const Sleeper& a, const Sleeper& b) {
      return a.wakes != b.wakes ? a.wakes < b.wakes : a.arrived < b.arrived;
    });
    return awake;
  }

  // One turn of the loop: "call inner; if the result is not UNAVAILABLE return it; if (now + delay)
  // - t0 >= max_time return the UNAVAILABLE; sleep delay".
  void call(Sleeper caller, const Input& cause, const RequestTable& requests, Decisions& out,
            std::vector<Sleeper>& asleep_again) {
    Input offer;
    offer.kind = InputKind::kArrive;
    offer.now = cause.now;
    offer.sequence = cause.sequence;
    offer.request = caller.request;
    offer.queue = requests.at(caller.request).arrival.queue;
    said_.clear();
    inner_->step(offer, requests, said_);
    const SimDuration spent = cause.now + delay_ - caller.began;
    bool sleeps = false;
    for (const Decision& decision : said_.entries()) {
      const bool is_unavailable = decision.kind == DecisionKind::kFinish &&
                                  decision.request == caller.request &&
                                  decision.status == Status::kUnavailable;
      if (is_unavailable && spent < max_time_) {
        sleeps = true;
      } else {
        hand_on(decision, out);
      }
    }
    if (sleeps) {
      caller.wakes = cause.now + delay_;
      asleep_again.push_back(caller);
    }
  }

  void tell(const Input& input, const RequestTable& requests, Decisions& out) {
    said_.clear();
    inner_->step(input, requests, said_);
    for (const Decision& decision : said_.entries()) {
      hand_on(decision, out);
    }
  }

  void hand_on(const Decision& decision, Decisions& out) {
    if (decision.kind != DecisionKind::kWake) {
      out.pass_on(said_, decision);
    } else if (decision.wake == kForever) {
      inner_alarm_.reset();
    } else {
      inner_alarm_ = decision.wake;
    }
  }

  // The first of all that is waited for, if that is not what was asked for already.
  void set_alarm(SimTime now, Decisions& out) {
    std::optional<SimTime> first = inner_alarm_;
    for (const Sleeper& sleeper : asleep_) {
      const SimTime next = is_busy_loop() ? sleeper.began + max_time_ : sleeper.wakes;
      first = first ? std::min(*first, next) : next;
    }
    if (first != alarm_) {
      alarm_ = first ? std::optional(std::max(*first, now + SimDuration{1})) : std::nullopt;
      out.wake(alarm_.value_or(kForever));
    }
  }

  std::unique_ptr<Scheduler> inner_;
  SimDuration max_time_;
  SimDuration delay_;
  std::vector<Sleeper> asleep_;
  std::optional<SimTime> inner_alarm_;
  std::optional<SimTime> alarm_;
  Decisions said_;  // by the inner scheduler, in its last step
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<Scheduler> make_slow_retrier(std::unique_ptr<Scheduler> inner,
                                             std::int64_t max_time_micros,
                                             std::int64_t retry_delay_micros) {
  return std::make_unique<SlowRetrier>(std::move(inner), max_time_micros, retry_delay_micros);
}

}  // namespace lockstep
