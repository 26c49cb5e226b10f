// Tells ThreadSanitizer which fiber runs: it cannot see Boost's switches, and would take a fiber
// that goes on for the one that waits. Nothing in other builds.
//
// Whoever includes this is compiled without the sanitizer itself (sim/CMakeLists.txt), as
// Boost.Fiber is: frames of Boost's that are entered on one stack and left on another would confuse
// it.
#pragma once

#ifdef LOCKSTEP_TSAN_FIBERS
#include <map>

#include <sanitizer/tsan_interface.h>

namespace lockstep {

// Of one thread. Contexts are known by their address; one that takes the place of another that has
// ended goes on as that.
class TsanFibers {
 public:
  // On the thread's own stack.
  explicit TsanFibers(const void* running) : own_(running), running_(running) {
    fibers_[running] = __tsan_get_current_fiber();
  }
  TsanFibers(const TsanFibers&) = delete;
  TsanFibers& operator=(const TsanFibers&) = delete;
  // Back there, where Boost went without asking: the thread must end as it began.
  ~TsanFibers() {
    switch_to(own_);
    for (const auto& [context, fiber] : fibers_) {
      if (context != own_) {
        __tsan_destroy_fiber(fiber);
      }
    }
  }
  // Just before the switch. nullptr: there is none.
  void switch_to(const void* next) {
    if (next == nullptr || next == running_) {
      return;
    }
    void*& fiber = fibers_[next];
    if (fiber == nullptr) {
      fiber = __tsan_create_fiber(0);
    }
    running_ = next;
    __tsan_switch_to_fiber(fiber, 0);
  }

 private:
  std::map<const void*, void*> fibers_;
  const void* own_;
  const void* running_;
};

}  // namespace lockstep
#else

namespace lockstep {

class TsanFibers {
 public:
  explicit TsanFibers(const void* /*running*/) {}
  void switch_to(const void* /*next*/) {}
};

}  // namespace lockstep
#endif
