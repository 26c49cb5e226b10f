// std::mutex on a controlled runtime: <lockstep/sync/mutex.h>.
//
// Unlocking does not hand over: one waiter is woken, which one is a choice, and whoever runs first
// gets the mutex, also somebody who has just come. Locking it twice, unlocking somebody else's and
// destroying a locked one, which std leaves undefined, are failures of the program.
#pragma once

#include <cstdint>

#include "sim/sync/controlled_world.h"

namespace lockstep::sync {

class ControlledMutex {
 public:
  ControlledMutex() = default;
  ControlledMutex(const ControlledMutex&) = delete;
  ControlledMutex& operator=(const ControlledMutex&) = delete;
  ~ControlledMutex();

  void lock();
  // May fail without reason, as std's.
  [[nodiscard]] bool try_lock();
  void unlock();

  // For condition variables: without a scheduling point.
  void acquire();
  void release();

 private:
  std::uint32_t owner_ = kNoFiber;
  WaitList waiting_;
};

}  // namespace lockstep::sync
