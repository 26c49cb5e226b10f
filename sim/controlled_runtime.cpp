#include "sim/controlled_runtime.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kPassLimit = 1'000'000;

std::uint32_t number_of(FiberId fiber) {
  return static_cast<std::uint32_t>(fiber);
}

}  // namespace

ControlledRuntime::ControlledRuntime(Choices& choices, const ControlledOptions& options)
    : choices_(choices), options_(options) {
  if (options.abandons) {
    fibers_.abandon();
  }
}

FiberId ControlledRuntime::spawn_on(std::uint32_t thread, std::string name, FiberClass of,
                                    std::function<void()> body) {
  LOCKSTEP_CHECK(thread < options_.threads);
  const auto number = static_cast<std::uint32_t>(states_.size());
  states_.push_back(Fiber{.name = std::move(name), .of = of});
  make_ready(number);
  states_.back().number = fibers_.add([this, number, run = std::move(body)] {
    run();
    states_[number].state = State::kEnded;
    ++ended_;
  });
  return FiberId{number};
}

void ControlledRuntime::make_ready(std::uint32_t number) {
  Fiber& fiber = states_[number];
  fiber.state = State::kReady;
  fiber.deadline = kForever;
  const auto later = std::upper_bound(
      ready_.begin(), ready_.end(), fiber.of,
      [this](FiberClass of, std::uint32_t other) { return of < states_[other].of; });
  ready_.insert(later, number);
}

ControlledRuntime::Fiber& ControlledRuntime::current() {
  Fiber& fiber = states_[running_];
  LOCKSTEP_CHECK(fiber.state == State::kRunning);
  return fiber;
}

void ControlledRuntime::switch_away(State state) {
  Fiber& fiber = current();
  const std::size_t number = fiber.number;
  if (state == State::kReady) {
    make_ready(running_);
  } else {
    fiber.state = state;
  }
  fibers_.park(number);
}

// In a destructor, no second exception may leave; elsewhere the fiber's park throws it again.
bool ControlledRuntime::is_passing_through() {
  if (!is_unwinding() || std::uncaught_exceptions() == 0) {
    return false;
  }
  LOCKSTEP_CHECK(++passed_through_ < kPassLimit);  // a destructor waits in a loop, for ever
  return true;
}

void ControlledRuntime::park_until(SimTime time) {
  if (is_passing_through()) {
    return;
  }
  Fiber& fiber = current();
  if (std::exchange(fiber.permit, false)) {
    point("park");
    return;
  }
  if (time <= now_) {
    yield();
    return;
  }
  if (options_.wakes_without_reason &&
      choose({.kind = ChoiceKind::kWakeUp, .site = "park", .count = 2}) == 1) {
    yield();
    return;
  }
  fiber.deadline = time;
  switch_away(State::kParked);
  states_[running_].permit = false;
}

void ControlledRuntime::yield() {
  if (is_passing_through()) {
    return;
  }
  yielding_ = running_;
  switch_away(State::kReady);
}

void ControlledRuntime::unpark(FiberId fiber) {
  Fiber& woken = states_.at(number_of(fiber));
  if (woken.state == State::kEnded) {
    return;
  }
  woken.permit = true;
  if (woken.state == State::kParked) {
    make_ready(number_of(fiber));
  }
}

void ControlledRuntime::notify() {
  if (!states_.empty()) {
    unpark(notified_);
  }
}

bool ControlledRuntime::step(std::uint32_t fiber) {
  ++states_[fiber].events;
  return ++steps_ <= options_.step_limit;
}

// Whoever unparks the fiber meanwhile leaves it the permit.
void ControlledRuntime::stall() {
  const SimTime end = after(now_, options_.stall);
  while (now_ < end) {
    current().deadline = end;
    switch_away(State::kParked);
  }
}

void ControlledRuntime::point(const char* site) {
  if (is_unwinding()) {
    return;
  }
  if (options_.stall > SimDuration{0} && site == options_.stalls_at &&
      choose({.kind = ChoiceKind::kFault, .site = "stall", .count = 2}) == 1) {
    stall();
  }
  std::uint32_t next = running_;
  if (!ready_.empty()) {
    options_at_point_.assign(1, running_);
    options_at_point_.insert(options_at_point_.end(), ready_.begin(), ready_.end());
    next = options_at_point_[choose({.kind = ChoiceKind::kFiber,
                                     .site = site,
                                     .count = static_cast<std::uint32_t>(options_at_point_.size()),
                                     .fibers = options_at_point_.data(),
                                     .running_first = true})];
  }
  if (!step(next) || next != running_) {
    forced_ = next;
    switch_away(State::kReady);
  }
}

SimTime ControlledRuntime::next_deadline() const {
  SimTime next = kForever;
  for (const Fiber& fiber : states_) {
    if (fiber.state == State::kParked) {
      next = std::min(next, fiber.deadline);
    }
  }
  return next;
}

// Virtual time moves to the next instant at which somebody wants to go on.
bool ControlledRuntime::advance() {
  const SimTime next = next_deadline();
  if (next == kForever) {
    return false;
  }
  LOCKSTEP_CHECK(next > now_);
  now_ = next;
  for (std::uint32_t number = 0; number < states_.size(); ++number) {
    if (states_[number].state == State::kParked && states_[number].deadline == next) {
      make_ready(number);
    }
  }
  return true;
}

std::uint32_t ControlledRuntime::choose(const ChoicePoint& point) {
  return now_ < options_.chooses_from ? 0 : choices_.choose(point);
}

std::uint32_t ControlledRuntime::choose_next() {
  if (ready_.size() == 1) {
    return ready_.front();
  }
  return ready_[choose({.kind = ChoiceKind::kFiber,
                        .site = "next",
                        .count = static_cast<std::uint32_t>(ready_.size()),
                        .fibers = ready_.data(),
                        .yielding = yielding_})];
}

RunEnd ControlledRuntime::run() {
  while (true) {
    if (ready_.empty()) {
      if (advance()) {
        continue;
      }
      return ended_ == states_.size() ? RunEnd::kAllEnded : RunEnd::kStuck;
    }
    std::uint32_t next = 0;
    if (forced_) {  // counted at its point
      next = *std::exchange(forced_, std::nullopt);
    } else {
      next = choose_next();
      (void)step(next);
    }
    if (steps_ > options_.step_limit) {
      return RunEnd::kStepLimit;
    }
    yielding_ = kNoFiber;
    ready_.erase(std::find(ready_.begin(), ready_.end(), next));
    running_ = next;
    states_[next].state = State::kRunning;
    fibers_.resume(states_[next].number);
    if (stopped_) {
      return RunEnd::kStuck;
    }
  }
}

void ControlledRuntime::stop() {
  stopped_ = true;
  switch_away(State::kParked);
}

std::vector<std::uint32_t> ControlledRuntime::events() const {
  std::vector<std::uint32_t> counts;
  for (const Fiber& fiber : states_) {
    counts.push_back(fiber.events);
  }
  return counts;
}

std::vector<std::string> ControlledRuntime::names() const {
  std::vector<std::string> names;
  for (const Fiber& fiber : states_) {
    names.push_back(fiber.name);
  }
  return names;
}

bool ControlledRuntime::has_ended(FiberId fiber) const {
  return states_.at(number_of(fiber)).state == State::kEnded;
}

std::vector<std::string> ControlledRuntime::unfinished() const {
  std::vector<std::string> names;
  for (const Fiber& fiber : states_) {
    if (fiber.state != State::kEnded) {
      names.push_back(fiber.name);
    }
  }
  return names;
}

}  // namespace lockstep
