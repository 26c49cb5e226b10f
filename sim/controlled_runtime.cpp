#include "sim/controlled_runtime.h"

#include <algorithm>
#include <utility>

#include "core/check.h"

namespace lockstep {
namespace {

std::uint32_t number_of(FiberId fiber) {
  return static_cast<std::uint32_t>(fiber);
}

}  // namespace

ControlledRuntime::ControlledRuntime(Choices& choices, const ControlledOptions& options)
    : choices_(choices), options_(options) {}

FiberId ControlledRuntime::spawn(std::string name, FiberClass of, std::function<void()> body) {
  const auto number = static_cast<std::uint32_t>(states_.size());
  states_.push_back(Fiber{.name = std::move(name), .of = of});
  make_ready(states_.back());
  states_.back().number = fibers_.add([this, number, run = std::move(body)] {
    run();
    states_[number].state = State::kEnded;
  });
  return FiberId{number};
}

void ControlledRuntime::make_ready(Fiber& fiber) {
  fiber.state = State::kReady;
  fiber.deadline = kForever;
  fiber.ready_since = next_ready_++;
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
    make_ready(fiber);
  } else {
    fiber.state = state;
  }
  fibers_.park(number);
}

void ControlledRuntime::park_until(SimTime time) {
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
      choices_.choose({.kind = ChoiceKind::kWakeUp, .site = "park", .count = 2}) == 1) {
    yield();
    return;
  }
  fiber.deadline = time;
  switch_away(State::kParked);
  states_[running_].permit = false;
}

void ControlledRuntime::yield() {
  switch_away(State::kReady);
}

void ControlledRuntime::unpark(FiberId fiber) {
  Fiber& woken = states_.at(number_of(fiber));
  if (woken.state == State::kEnded) {
    return;
  }
  woken.permit = true;
  if (woken.state == State::kParked) {
    make_ready(woken);
  }
}

void ControlledRuntime::notify() {
  if (!states_.empty()) {
    unpark(notified_);
  }
}

void ControlledRuntime::point(const char* site) {
  list_ready();
  if (ready_.empty()) {
    return;
  }
  ready_.insert(ready_.begin(), running_);
  const std::uint32_t chosen = choices_.choose({.kind = ChoiceKind::kFiber,
                                                .site = site,
                                                .count = static_cast<std::uint32_t>(ready_.size()),
                                                .fibers = ready_.data()});
  if (chosen != 0) {
    forced_ = ready_[chosen];
    switch_away(State::kReady);
  }
}

void ControlledRuntime::list_ready() {
  ready_.clear();
  for (std::uint32_t number = 0; number < states_.size(); ++number) {
    if (states_[number].state == State::kReady) {
      ready_.push_back(number);
    }
  }
  std::sort(ready_.begin(), ready_.end(), [this](std::uint32_t a, std::uint32_t b) {
    const Fiber& first = states_[a];
    const Fiber& second = states_[b];
    return first.of != second.of ? first.of < second.of : first.ready_since < second.ready_since;
  });
}

// Virtual time moves to the next instant at which somebody wants to go on.
bool ControlledRuntime::advance() {
  SimTime next = kForever;
  for (const Fiber& fiber : states_) {
    if (fiber.state == State::kParked) {
      next = std::min(next, fiber.deadline);
    }
  }
  if (next == kForever) {
    return false;
  }
  LOCKSTEP_CHECK(next > now_);
  now_ = next;
  for (Fiber& fiber : states_) {
    if (fiber.state == State::kParked && fiber.deadline == next) {
      make_ready(fiber);
    }
  }
  return true;
}

RunEnd ControlledRuntime::run() {
  while (true) {
    list_ready();
    if (ready_.empty()) {
      if (advance()) {
        continue;
      }
      return unfinished().empty() ? RunEnd::kAllEnded : RunEnd::kStuck;
    }
    if (++steps_ > options_.step_limit) {
      return RunEnd::kStepLimit;
    }
    std::uint32_t next = ready_.front();
    if (forced_) {
      next = *std::exchange(forced_, std::nullopt);
    } else if (ready_.size() > 1) {
      next = ready_[choices_.choose({.kind = ChoiceKind::kFiber,
                                     .site = "next",
                                     .count = static_cast<std::uint32_t>(ready_.size()),
                                     .fibers = ready_.data()})];
    }
    running_ = next;
    states_[next].state = State::kRunning;
    fibers_.resume(states_[next].number);
  }
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
