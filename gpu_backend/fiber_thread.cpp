#include "gpu_backend/fiber_thread.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <sys/prctl.h>

#include "core/check.h"

namespace lockstep {
namespace {

// Longest sleep without a deadline: whoever wakes a fiber ends it earlier.
constexpr SimDuration kLongestSleep{100'000'000};

thread_local FiberThread* of_this_thread = nullptr;

// While a thread runs its fibers. They belong to the thread that makes them; those that are left,
// because another one threw, are unwound while it is known whose they are.
class Running {
 public:
  Running(FiberThread* thread, std::optional<VirtualFibers>& fibers) : fibers_(fibers) {
    of_this_thread = thread;
    fibers_.emplace();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    fibers_.reset();
    of_this_thread = nullptr;
  }

 private:
  std::optional<VirtualFibers>& fibers_;
};

}  // namespace

FiberThread::FiberThread(const Clock& clock, IdleStrategy idle, SimDuration poll_interval)
    : clock_(clock), idle_(idle), poll_interval_(poll_interval) {}

FiberThread* FiberThread::here() {
  return of_this_thread;
}

std::uint32_t FiberThread::add(std::function<void()> body) {
  LOCKSTEP_CHECK(!fibers_);
  const auto number = static_cast<std::uint32_t>(states_.size());
  states_.emplace_back().body = std::move(body);
  woken_.emplace_back();
  ++live_;
  make_ready(number, false);
  return number;
}

void FiberThread::make_ready(std::uint32_t number, bool polls) {
  Fiber& fiber = states_[number];
  timed_ -= fiber.state == State::kParked && fiber.deadline != kForever ? 1U : 0U;
  fiber.state = State::kReady;
  fiber.deadline = kForever;
  fiber.polls = polls;
  polling_ += polls ? 1 : 0;
  ready_.push_back(number);
}

void FiberThread::park_until(SimTime time) {
  const std::uint32_t self = running_;
  Fiber& fiber = states_[self];
  LOCKSTEP_CHECK(fiber.state == State::kRunning);
  if (std::exchange(fiber.permit, false)) {
    return;
  }
  fiber.state = State::kParked;
  fiber.deadline = time;
  timed_ += time != kForever ? 1U : 0U;
  fibers_->park(self);
  fiber.permit = false;
}

void FiberThread::step_back(bool polls) {
  LOCKSTEP_CHECK(states_[running_].state == State::kRunning);
  const std::uint32_t self = running_;
  make_ready(self, polls);
  fibers_->park(self);
}

void FiberThread::unpark(std::uint32_t fiber) {
  Fiber& woken = states_[fiber];
  if (woken.state == State::kEnded) {
    return;
  }
  woken.permit = true;
  if (woken.state == State::kParked) {
    make_ready(fiber, false);
  }
}

// Who finds the fiber woken, the thread told of it and awake has nothing to write: whoever takes
// the wake-up looks at what was put there after it did (the two fences). So that threads that
// submit to a busy server share a line that nobody writes.
void FiberThread::unpark_from_outside(std::uint32_t fiber) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::atomic<bool>& woken = woken_[fiber].flag;
  if (woken.load(std::memory_order_relaxed) && notified_.load(std::memory_order_relaxed) &&
      !sleeping_.load(std::memory_order_relaxed)) {
    return;
  }
  woken.store(true, std::memory_order_release);
  // An exchange: who reads it sees what all did who set it before.
  notified_.exchange(true, std::memory_order_seq_cst);
  // The sleeper says that it sleeps before it looks at notified_, so one of the two sees the other.
  if (sleeping_.load(std::memory_order_seq_cst)) {
    const std::lock_guard lock(sleep_mutex_);
    wake_up_.notify_one();
  }
}

void FiberThread::take_wake_ups() {
  if (!notified_.load(std::memory_order_relaxed) ||
      !notified_.exchange(false, std::memory_order_acquire)) {
    return;
  }
  for (std::uint32_t number = 0; number < states_.size(); ++number) {
    std::atomic<bool>& woken = woken_[number].flag;
    if (woken.load(std::memory_order_relaxed) && woken.exchange(false, std::memory_order_acquire)) {
      unpark(number);
    }
  }
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void FiberThread::wake_due() {
  take_wake_ups();
  if (timed_ == 0) {
    return;
  }
  const SimTime now = clock_.now();
  for (std::uint32_t number = 0; number < states_.size(); ++number) {
    const Fiber& fiber = states_[number];
    if (fiber.state == State::kParked && fiber.deadline <= now) {
      make_ready(number, false);
    }
  }
}

SimTime FiberThread::next_deadline() const {
  SimTime next = kForever;
  for (const Fiber& fiber : states_) {
    if (fiber.state == State::kParked) {
      next = std::min(next, fiber.deadline);
    }
  }
  return next;
}

void FiberThread::sleep_until(SimTime time) {
  std::unique_lock lock(sleep_mutex_);
  sleeping_.store(true, std::memory_order_seq_cst);
  const SimTime now = clock_.now();
  if (time > now) {
    wake_up_.wait_for(lock, std::chrono::nanoseconds((time - now).count()),
                      [this] { return notified_.load(std::memory_order_seq_cst); });
  }
  sleeping_.store(false, std::memory_order_relaxed);
}

void FiberThread::idle() {
  switch (idle_) {
    case IdleStrategy::kSpin:
      break;
    case IdleStrategy::kYield:
      std::this_thread::yield();
      break;
    case IdleStrategy::kSleep: {
      const SimTime now = clock_.now();
      const SimDuration longest = ready_.empty() ? kLongestSleep : poll_interval_;
      sleep_until(std::min(after(now, longest), next_deadline()));
      break;
    }
  }
}

void FiberThread::run() {
  if (idle_ == IdleStrategy::kSleep) {
    // The kernel lets a thread's sleeps end 50 us late unless told otherwise; a refusal does no
    // harm.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  }
  const Running running(this, fibers_);
  for (std::uint32_t number = 0; number < states_.size(); ++number) {
    fibers_->add([this, number] {
      states_[number].body();
      states_[number].state = State::kEnded;
      --live_;
    });
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
      fibers_->resume(next);
    }
  }
}

}  // namespace lockstep
