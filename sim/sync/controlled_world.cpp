#include "sim/sync/controlled_world.h"

#include <array>
#include <cstddef>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/check.h"

namespace lockstep::sync {
namespace {

// Locks and threads of the standard name no world either: theirs is the process, ours this.
thread_local ControlledWorld* world_of_this_thread = nullptr;

std::uint32_t number_of(FiberId fiber) {
  return static_cast<std::uint32_t>(fiber);
}

}  // namespace

void WaitList::wake_one(const char* site) {
  if (waiters_.empty()) {
    return;
  }
  ControlledRuntime& runtime = ControlledWorld::current().runtime_;
  std::size_t chosen = 0;
  if (waiters_.size() > 1) {
    chosen = runtime.choices().choose({.kind = ChoiceKind::kWaiter,
                                       .site = site,
                                       .count = static_cast<std::uint32_t>(waiters_.size())});
  }
  Waiter& woken = *waiters_[chosen];
  waiters_.erase(waiters_.begin() + static_cast<std::ptrdiff_t>(chosen));
  woken.woken = true;
  runtime.unpark(woken.fiber);
}

void WaitList::wake_all() {
  ControlledRuntime& runtime = ControlledWorld::current().runtime_;
  for (Waiter* waiter : std::exchange(waiters_, {})) {
    waiter->woken = true;
    runtime.unpark(waiter->fiber);
  }
}

ControlledWorld::ControlledWorld(Choices& choices, const ProgramOptions& options)
    : options_(options),
      runtime_(choices, {.step_limit = options.step_limit, .abandons = true}),
      outer_(std::exchange(world_of_this_thread, this)) {}

ControlledWorld::~ControlledWorld() {
  for (Thread& thread : threads_) {
    if (!thread.ended) {
      // Its frames were dropped and may own what this refers to: nothing of it may run.
      (void)thread.body.release();
    }
  }
  world_of_this_thread = outer_;
}

ControlledWorld* ControlledWorld::find_current() {
  return world_of_this_thread;
}

ControlledWorld& ControlledWorld::current() {
  LOCKSTEP_CHECK(world_of_this_thread != nullptr);  // used outside of a controlled program
  return *world_of_this_thread;
}

RunEnd ControlledWorld::run(std::unique_ptr<ThreadBody> main) {
  LOCKSTEP_CHECK(threads_.empty());
  (void)start(std::move(main));
  return runtime_.run();
}

std::string ControlledWorld::waiting_text() const {
  std::string text;
  const std::vector<std::string> names = runtime_.names();
  for (std::size_t i = 0; i < threads_.size(); ++i) {
    if (!threads_[i].ended) {
      text += text.empty() ? "" : ", ";
      text += names[i] + " at " + (threads_[i].waits_at != nullptr ? threads_[i].waits_at : "?");
    }
  }
  return text;
}

void ControlledWorld::point(const char* site) {
  if (options_.delays) {
    const SimTime next = runtime_.next_deadline();
    const std::array<std::uint32_t, 2> self = {number_of(running()), number_of(running())};
    if (next < kForever && runtime_.choices().choose({.kind = ChoiceKind::kFault,
                                                      .site = site,
                                                      .count = 2,
                                                      .fibers = self.data(),
                                                      .running_first = true}) == 1) {
      sleep_until(next);
    }
  }
  runtime_.point(site);
}

void ControlledWorld::yield() {
  runtime_.yield();
}

void ControlledWorld::sleep_until(SimTime time) {
  if (time <= now()) {
    yield();
  }
  while (now() < time) {
    runtime_.park_until(time);
  }
}

bool ControlledWorld::wait(WaitList& list, const char* site, SimTime deadline) {
  const char*& waits_at = threads_[number_of(running())].waits_at;
  Waiter waiter{.fiber = running()};
  list.waiters_.push_back(&waiter);
  waits_at = site;
  if (deadline <= now()) {
    yield();
  }
  while (!waiter.woken && now() < deadline) {
    runtime_.park_until(deadline);
  }
  waits_at = nullptr;
  if (!waiter.woken) {
    std::erase(list.waiters_, &waiter);
  }
  return waiter.woken;
}

bool ControlledWorld::fails_without_reason(const char* site) {
  return options_.spurious &&
         runtime_.choices().choose({.kind = ChoiceKind::kWakeUp, .site = site, .count = 2}) == 1;
}

FiberId ControlledWorld::start(std::unique_ptr<ThreadBody> body) {
  const std::size_t number = threads_.size();
  threads_.emplace_back();
  threads_.back().body = std::move(body);
  const std::string name = number == 0 ? "main" : "thread " + std::to_string(number);
  const FiberId fiber = runtime_.spawn(name, FiberClass::kOutside, [this, number] {
    Thread& thread = threads_[number];
    thread.body->run();
    thread.body.reset();  // what it was given goes on its own thread, as in std::thread
    thread.ended = true;
    thread.joining.wake_all();
  });
  LOCKSTEP_CHECK_EQ(number_of(fiber), number);
  return fiber;
}

void ControlledWorld::join(FiberId thread) {
  Thread& joined = threads_.at(number_of(thread));
  while (!joined.ended) {
    (void)wait(joined.joining, "thread.join", kForever);
  }
}

void ControlledWorld::fail(std::string message) {
  if (failure_.empty()) {
    failure_ = std::move(message);
  }
  runtime_.stop();
  std::abort();  // stop() does not return
}

}  // namespace lockstep::sync
