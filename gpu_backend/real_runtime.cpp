#include "gpu_backend/real_runtime.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <sys/prctl.h>

#include "core/check.h"

namespace lockstep {
namespace {

// Longest sleep without a deadline: notify() ends it earlier.
constexpr SimDuration kLongestSleep{100'000'000};

std::uint32_t number_of_fiber(FiberId fiber) {
  return static_cast<std::uint32_t>(fiber);
}

}  // namespace

std::string_view idle_strategy_name(IdleStrategy strategy) {
  switch (strategy) {
    case IdleStrategy::kSpin:
      return "spin";
    case IdleStrategy::kYield:
      return "yield";
    case IdleStrategy::kSleep:
      return "sleep";
  }
  return "?";
}

Result<IdleStrategy> parse_idle_strategy(std::string_view text) {
  for (const IdleStrategy strategy :
       {IdleStrategy::kSpin, IdleStrategy::kYield, IdleStrategy::kSleep}) {
    if (text == idle_strategy_name(strategy)) {
      return strategy;
    }
  }
  return bad_input("found --idle '" + std::string(text) + "', expected spin, yield or sleep");
}

RealRuntime::RealRuntime(const Clock& clock, const RealRuntimeOptions& options)
    : clock_(clock), options_(options) {
  fibers_.emplace();
}

FiberId RealRuntime::spawn(std::string name, FiberClass /*of*/, std::function<void()> body) {
  const auto number = static_cast<std::uint32_t>(states_.size());
  states_.push_back(Fiber{.name = std::move(name)});
  ++live_;
  make_ready(number, false);
  const std::size_t fiber = fibers_->add([this, number, run = std::move(body)] {
    run();
    states_[number].state = State::kEnded;
    --live_;
  });
  states_[number].number = fiber;
  return FiberId{number};
}

void RealRuntime::make_ready(std::uint32_t number, bool polls) {
  Fiber& fiber = states_[number];
  fiber.state = State::kReady;
  fiber.deadline = kForever;
  fiber.polls = polls;
  polling_ += polls ? 1 : 0;
  ready_.push_back(number);
}

void RealRuntime::park_until(SimTime time) {
  const std::uint32_t self = running_;
  LOCKSTEP_CHECK(states_[self].state == State::kRunning);
  if (std::exchange(states_[self].permit, false)) {
    return;
  }
  states_[self].state = State::kParked;
  states_[self].deadline = time;
  fibers_->park(states_[self].number);
  states_[self].permit = false;
}

void RealRuntime::yield() {
  LOCKSTEP_CHECK(states_[running_].state == State::kRunning);
  make_ready(running_, true);
  fibers_->park(states_[running_].number);
}

void RealRuntime::unpark(FiberId fiber) {
  const std::uint32_t number = number_of_fiber(fiber);
  Fiber& woken = states_.at(number);
  if (woken.state == State::kEnded) {
    return;
  }
  woken.permit = true;
  if (woken.state == State::kParked) {
    make_ready(number, false);
  }
}

void RealRuntime::notify() {
  notified_.store(true, std::memory_order_seq_cst);
  // The sleeper says that it sleeps before it looks at notified_, so one of the two sees the other.
  if (sleeping_.load(std::memory_order_seq_cst)) {
    const std::lock_guard lock(sleep_mutex_);
    wake_up_.notify_one();
  }
}

void RealRuntime::wake_due() {
  if (notified_.load(std::memory_order_relaxed) &&
      notified_.exchange(false, std::memory_order_acquire)) {
    unpark(notified_fiber_);
  }
  SimTime now{};
  bool asked = false;
  for (std::uint32_t number = 0; number < states_.size(); ++number) {
    const Fiber& fiber = states_[number];
    if (fiber.state != State::kParked || fiber.deadline == kForever) {
      continue;
    }
    if (!std::exchange(asked, true)) {
      now = clock_.now();
    }
    if (fiber.deadline <= now) {
      make_ready(number, false);
    }
  }
}

SimTime RealRuntime::next_deadline() const {
  SimTime next = kForever;
  for (const Fiber& fiber : states_) {
    if (fiber.state == State::kParked) {
      next = std::min(next, fiber.deadline);
    }
  }
  return next;
}

void RealRuntime::sleep_until(SimTime time) {
  std::unique_lock lock(sleep_mutex_);
  sleeping_.store(true, std::memory_order_seq_cst);
  const SimTime now = clock_.now();
  if (time > now) {
    wake_up_.wait_for(lock, std::chrono::nanoseconds((time - now).count()),
                      [this] { return notified_.load(std::memory_order_seq_cst); });
  }
  sleeping_.store(false, std::memory_order_relaxed);
}

void RealRuntime::idle() {
  switch (options_.idle) {
    case IdleStrategy::kSpin:
      break;
    case IdleStrategy::kYield:
      std::this_thread::yield();
      break;
    case IdleStrategy::kSleep: {
      const SimTime now = clock_.now();
      const SimDuration longest = ready_.empty() ? kLongestSleep : options_.poll_interval;
      sleep_until(std::min(after(now, longest), next_deadline()));
      break;
    }
  }
}

void RealRuntime::run() {
  if (options_.idle == IdleStrategy::kSleep) {
    // The kernel lets a thread's sleeps end 50 us late unless told otherwise; a refusal does no
    // harm.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  }
  while (live_ > 0) {
    wake_due();
    if (ready_.size() == polling_) {
      idle();
      wake_due();
    }
    // Everybody who is ready now has one turn; those who yield come again in the next round.
    for (std::size_t turns = ready_.size(); turns > 0; --turns) {
      const std::uint32_t next = ready_.front();
      ready_.pop_front();
      Fiber& fiber = states_[next];
      polling_ -= fiber.polls ? 1 : 0;
      fiber.polls = false;
      fiber.state = State::kRunning;
      running_ = next;
      fibers_->resume(fiber.number);
    }
  }
  fibers_.reset();  // on their thread
}

}  // namespace lockstep
