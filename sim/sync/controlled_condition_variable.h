// std::condition_variable on a controlled runtime: <lockstep/sync/condition_variable.h>.
//
// notify_one() wakes any of the waiters, which one is a choice; a waiter may wake without reason, a
// choice too. A woken one competes for the mutex with all others. Time-outs are of the controlled
// clock. Waiting without the lock, and destroying one while a thread waits, are failures of the
// program.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "sim/sync/controlled_clock.h"
#include "sim/sync/controlled_mutex.h"
#include "sim/sync/controlled_world.h"

namespace lockstep::sync {

class ControlledConditionVariable {
 public:
  ControlledConditionVariable() = default;
  ControlledConditionVariable(const ControlledConditionVariable&) = delete;
  ControlledConditionVariable& operator=(const ControlledConditionVariable&) = delete;
  ~ControlledConditionVariable();

  void notify_one() noexcept;
  void notify_all() noexcept;

  void wait(std::unique_lock<ControlledMutex>& lock) { (void)wait_for_run_time(lock, kForever); }
  template <typename Predicate>
  void wait(std::unique_lock<ControlledMutex>& lock, Predicate is_met) {
    while (!is_met()) {
      wait(lock);
    }
  }

  template <typename Duration>
  std::cv_status wait_until(std::unique_lock<ControlledMutex>& lock,
                            const std::chrono::time_point<ControlledClock, Duration>& time) {
    return wait_for_run_time(lock, run_time_of(time));
  }
  template <typename Duration, typename Predicate>
  bool wait_until(std::unique_lock<ControlledMutex>& lock,
                  const std::chrono::time_point<ControlledClock, Duration>& time,
                  Predicate is_met) {
    return wait_for_predicate(lock, run_time_of(time), is_met);
  }
  template <typename Rep, typename Period>
  std::cv_status wait_for(std::unique_lock<ControlledMutex>& lock,
                          const std::chrono::duration<Rep, Period>& span) {
    return wait_for_run_time(lock, run_time_after(span));
  }
  template <typename Rep, typename Period, typename Predicate>
  bool wait_for(std::unique_lock<ControlledMutex>& lock,
                const std::chrono::duration<Rep, Period>& span, Predicate is_met) {
    return wait_for_predicate(lock, run_time_after(span), is_met);
  }

 private:
  std::cv_status wait_for_run_time(std::unique_lock<ControlledMutex>& lock, SimTime deadline);
  template <typename Predicate>
  bool wait_for_predicate(std::unique_lock<ControlledMutex>& lock, SimTime deadline,
                          Predicate& is_met) {
    while (!is_met()) {
      if (wait_for_run_time(lock, deadline) == std::cv_status::timeout) {
        return is_met();
      }
    }
    return true;
  }

  WaitList waiting_;
};

}  // namespace lockstep::sync
