#include "sim/sync/controlled_condition_variable.h"

namespace lockstep::sync {
namespace {

constexpr const char* kWaitSite = "condition_variable.wait";

}  // namespace

ControlledConditionVariable::~ControlledConditionVariable() {
  ControlledWorld* world = ControlledWorld::find_current();
  if (!waiting_.empty() && world != nullptr) {
    world->fail("a condition variable is destroyed while a thread waits for it");
  }
}

void ControlledConditionVariable::notify_one() noexcept {
  ControlledWorld::current().point("condition_variable.notify_one");
  waiting_.wake_one("condition_variable.notify_one");
}

void ControlledConditionVariable::notify_all() noexcept {
  ControlledWorld::current().point("condition_variable.notify_all");
  waiting_.wake_all();
}

// Between giving up the mutex and being on the list nobody else runs: that is what makes it safe.
std::cv_status ControlledConditionVariable::wait_for_run_time(
    std::unique_lock<ControlledMutex>& lock, SimTime deadline) {
  ControlledWorld& world = ControlledWorld::current();
  world.point(kWaitSite);
  if (!lock.owns_lock()) {
    world.fail("a thread waits for a condition variable without its lock");
  }
  ControlledMutex& mutex = *lock.mutex();
  bool woken = true;
  const bool without_reason = world.fails_without_reason(kWaitSite);
  mutex.release();
  if (without_reason) {
    world.yield();
  } else {
    woken = world.wait(waiting_, kWaitSite, deadline);
  }
  mutex.acquire();
  return woken ? std::cv_status::no_timeout : std::cv_status::timeout;
}

}  // namespace lockstep::sync
