// Fibers that wait for virtual time: one runs at a time, until it parks; nobody runs by itself.
//
// Boost.Fiber with an algorithm of ours: ready fibers run in the order in which they became ready,
// so a run is a function of the order of resume() calls. Code on a fiber may use untimed waits of
// Boost.Fiber (mutex, condition variable, channel) with other fibers of this thread. A wait with a
// time-out would read the real clock: it is a failed check.
// A fiber may park anywhere, also in a handler of an exception or in a destructor.
//
// Fibers that have not ended when this goes are unwound: park() throws inside them, the last one
// first, as later ones use what earlier ones own. After abandon() they are left where they are
// instead: nothing of theirs runs any more, no destructor, and what they own is not freed. That is
// for code that may wait where no exception may leave: in a destructor, under noexcept.
// Single-threaded: all calls from one thread, which becomes a fiber thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

namespace lockstep {

class VirtualFibers {
 public:
  VirtualFibers();
  VirtualFibers(const VirtualFibers&) = delete;
  VirtualFibers& operator=(const VirtualFibers&) = delete;
  ~VirtualFibers();
  void abandon() { abandons_ = true; }

  // A new fiber, which waits; its number, in order from 0. It begins with the first resume().
  std::size_t add(std::function<void()> body);

  // From outside: `fiber` runs, and whoever it makes ready, until all are parked or blocked. Throws
  // what a body threw. No effect on one that ended.
  void resume(std::size_t fiber);

  // From the body of `fiber`: gives up its turn until somebody resumes it.
  void park(std::size_t fiber);

  [[nodiscard]] bool ended(std::size_t fiber) const;
  [[nodiscard]] std::size_t count() const { return fibers_.size(); }
  [[nodiscard]] bool is_unwinding() const { return unwinding_; }

 private:
  struct Fiber;

  void run_body(Fiber& fiber, std::size_t number);
  void run_ready();

  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::exception_ptr failure_;
  bool unwinding_ = false;
  bool abandons_ = false;
  std::uint64_t thrown_ = 0;  // while unwinding
};

}  // namespace lockstep
