#include "sim/fiber_stacks.h"

#include <cstddef>
#include <vector>

#include <boost/context/protected_fixedsize_stack.hpp>

#include "sim/address_sanitizer.h"

namespace lockstep {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} * 1024;
constexpr std::size_t kKeptStacks = 256;
constexpr std::size_t kPageBytes = 4096;  // the lowest is the guard

boost::context::protected_fixedsize_stack mapped_stacks() {
  return boost::context::protected_fixedsize_stack(kStackBytes);
}

// Outlives the pool: a fiber that Boost releases after it is unmapped at once.
enum class PoolState : unsigned char { kNew, kUsed, kGone };
thread_local PoolState pool_state = PoolState::kNew;

class StackPool {
 public:
  StackPool() {
    pool_state = PoolState::kUsed;
    kept_.reserve(kKeptStacks);
  }
  StackPool(const StackPool&) = delete;
  StackPool& operator=(const StackPool&) = delete;
  ~StackPool() {
    pool_state = PoolState::kGone;
    for (boost::context::stack_context& stack : kept_) {
      mapped_stacks().deallocate(stack);
    }
  }

  boost::context::stack_context take() {
    if (kept_.empty()) {
      return mapped_stacks().allocate();
    }
    boost::context::stack_context stack = kept_.back();
    kept_.pop_back();
    return stack;
  }
  // False: it has enough.
  bool keep(const boost::context::stack_context& stack) noexcept {
    if (kept_.size() == kKeptStacks) {
      return false;
    }
    forget_frames(static_cast<char*>(stack.sp) - stack.size + kPageBytes, stack.size - kPageBytes);
    kept_.push_back(stack);
    return true;
  }

 private:
  std::vector<boost::context::stack_context> kept_;
};

StackPool& pool_of_this_thread() {
  thread_local StackPool pool;
  return pool;
}

}  // namespace

void PooledStacks::prepare_this_thread() {
  pool_of_this_thread();
}

boost::context::stack_context PooledStacks::allocate() {
  return pool_of_this_thread().take();
}

void PooledStacks::deallocate(boost::context::stack_context& stack) noexcept {
  if (pool_state != PoolState::kUsed || !pool_of_this_thread().keep(stack)) {
    mapped_stacks().deallocate(stack);
  }
}

}  // namespace lockstep
