// Stacks of fibers, kept for the next fiber: mapping one costs more than a whole short run on it.
//
// A stack allocator as Boost.Fiber wants it. Each stack has a page behind it that catches an
// overflow; touched pages cost memory. A thread keeps what its fibers have left, up to a limit,
// until it ends.
#pragma once

#include <boost/context/stack_context.hpp>

namespace lockstep {

class PooledStacks {
 public:
  // Before this thread's first fiber, so that its pool outlives Boost.Fiber's last one.
  static void prepare_this_thread();

  // Throws std::bad_alloc.
  [[nodiscard]] boost::context::stack_context allocate();
  // From the thread that allocated it.
  void deallocate(boost::context::stack_context& stack) noexcept;
};

}  // namespace lockstep
