#include "sim/sync/controlled_mutex.h"

namespace lockstep::sync {
namespace {

std::uint32_t running_number() {
  return static_cast<std::uint32_t>(ControlledWorld::current().running());
}

}  // namespace

ControlledMutex::~ControlledMutex() {
  ControlledWorld* world = ControlledWorld::find_current();
  if (owner_ != kNoFiber && world != nullptr) {
    world->fail("a locked mutex is destroyed");
  }
}

void ControlledMutex::lock() {
  ControlledWorld::current().point("mutex.lock");
  acquire();
}

bool ControlledMutex::try_lock() {
  ControlledWorld& world = ControlledWorld::current();
  world.point("mutex.try_lock");
  if (owner_ != kNoFiber || world.fails_without_reason("mutex.try_lock")) {
    return false;
  }
  owner_ = running_number();
  return true;
}

void ControlledMutex::unlock() {
  ControlledWorld::current().point("mutex.unlock");
  release();
}

void ControlledMutex::acquire() {
  ControlledWorld& world = ControlledWorld::current();
  const std::uint32_t self = running_number();
  if (owner_ == self) {
    world.fail("a thread locks a mutex that it holds");
  }
  while (owner_ != kNoFiber) {
    (void)world.wait(waiting_, "mutex.lock", kForever);
  }
  owner_ = self;
}

void ControlledMutex::release() {
  if (owner_ != running_number()) {
    ControlledWorld::current().fail("a thread unlocks a mutex that it does not hold");
  }
  owner_ = kNoFiber;
  waiting_.wake_one("mutex.unlock");
}

}  // namespace lockstep::sync
