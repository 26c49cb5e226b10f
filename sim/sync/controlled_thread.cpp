#include "sim/sync/controlled_thread.h"

#include <system_error>

namespace lockstep::sync {

ControlledThread& ControlledThread::operator=(ControlledThread&& other) noexcept {
  refuse_joinable();
  fiber_ = std::exchange(other.fiber_, kNoFiber);
  return *this;
}

void ControlledThread::join() {
  ControlledWorld& world = ControlledWorld::current();
  world.point("thread.join");
  if (!joinable()) {
    throw std::system_error(std::make_error_code(std::errc::invalid_argument), "thread.join");
  }
  if (FiberId{fiber_} == world.running()) {
    throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                            "thread.join");
  }
  world.join(FiberId{fiber_});
  fiber_ = kNoFiber;
}

void ControlledThread::begin(std::unique_ptr<ThreadBody> body) {
  ControlledWorld& world = ControlledWorld::current();
  world.point("thread.start");
  fiber_ = static_cast<std::uint32_t>(world.start(std::move(body)));
}

void ControlledThread::refuse_joinable() const {
  if (joinable()) {
    ControlledWorld::current().fail("a joinable thread is destroyed");
  }
}

namespace controlled_this_thread {

ControlledThread::id get_id() noexcept {
  return ControlledThread::id(ControlledWorld::current().running());
}

void yield() noexcept {
  ControlledWorld::current().yield();
}

void sleep_until_run_time(SimTime time) {
  ControlledWorld& world = ControlledWorld::current();
  world.point("this_thread.sleep");
  world.sleep_until(time);
}

}  // namespace controlled_this_thread
}  // namespace lockstep::sync
