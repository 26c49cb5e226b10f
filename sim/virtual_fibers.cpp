#include "sim/virtual_fibers.h"

#include <csetjmp>
#include <utility>

#include <boost/fiber/algo/algorithm.hpp>
#include <boost/fiber/context.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/scheduler.hpp>

#include "core/check.h"
#include "sim/exception_state.h"
#include "sim/fiber_stacks.h"
#include "sim/tsan_fibers.h"

namespace lockstep {
namespace {

// Unwinds a fiber that will never be resumed.
struct Unwind {};
// A body that catches everything and goes on never ends.
constexpr std::uint64_t kUnwindLimit = 1'000'000;

// The parameter of algorithm::suspend_until: a time of the real clock, which nobody here reads.
template <typename Member>
struct ParameterOf;
template <typename Class, typename Parameter>
struct ParameterOf<void (Class::*)(Parameter) noexcept> {
  using Type = Parameter;
};
using RealTime = ParameterOf<decltype(&boost::fibers::algo::algorithm::suspend_until)>::Type;

// Ready fibers in the order in which they became ready, the main fiber and Boost's own dispatcher
// among them (verification 4.1: both must have their turns).
class ReadyOrder final : public boost::fibers::algo::algorithm {
 public:
  void awakened(boost::fibers::context* fiber) noexcept override {
    fiber->ready_link(ready_);
    workers_ += is_worker(fiber);
  }
  // Boost switches to what this returns.
  boost::fibers::context* pick_next() noexcept override {
    if (ready_.empty()) {
      return nullptr;  // to the dispatcher only, which then calls suspend_until
    }
    boost::fibers::context* fiber = &ready_.front();
    ready_.pop_front();
    workers_ -= is_worker(fiber);
    tsan_.switch_to(fiber);
    return fiber;
  }
  [[nodiscard]] bool has_ready_fibers() const noexcept override { return !ready_.empty(); }
  // Reached when every fiber waits, the main one too: nobody here waits for the real clock.
  void suspend_until(RealTime /*time*/) noexcept override {
    check_failed(__FILE__, __LINE__, "no fiber waits for the real clock");
  }
  void notify() noexcept override {}

  // Of the fibers that run bodies.
  [[nodiscard]] std::size_t ready_workers() const { return workers_; }

 private:
  static std::size_t is_worker(const boost::fibers::context* fiber) {
    return fiber->is_context(boost::fibers::type::pinned_context) ? 0 : 1;
  }

  boost::fibers::scheduler::ready_queue_type ready_;
  std::size_t workers_ = 0;
  TsanFibers tsan_{boost::fibers::context::active()};
};

// Of this thread, from its first use on: Boost.Fiber has one algorithm per thread.
ReadyOrder& algorithm_of_this_thread() {
  thread_local ReadyOrder* algorithm = [] {
    // Boost.Fiber owns the algorithm.
    boost::intrusive_ptr<boost::fibers::algo::algorithm> made(new ReadyOrder);
    auto* order = static_cast<ReadyOrder*>(made.get());
    boost::fibers::context::active()->get_scheduler()->set_algo(made);
    return order;
  }();
  return *algorithm;
}

}  // namespace

struct VirtualFibers::Fiber {
  std::function<void()> body;
  boost::fibers::fiber fiber;
  boost::fibers::context* parked = nullptr;  // while it waits in park()
  bool may_run = false;
  bool ended = false;
  std::jmp_buf entry{};  // where an abandoned one goes on to its end
};

VirtualFibers::VirtualFibers() {
  PooledStacks::prepare_this_thread();
  algorithm_of_this_thread();
}

VirtualFibers::~VirtualFibers() {
  unwinding_ = true;
  for (std::size_t fiber = fibers_.size(); fiber > 0; --fiber) {
    // A body may park again while it is unwound (it throws again) or hold back another.
    resume(fiber - 1);
  }
  for (const std::unique_ptr<Fiber>& fiber : fibers_) {
    LOCKSTEP_CHECK(fiber->ended);
    fiber->fiber.join();
  }
}

std::size_t VirtualFibers::add(std::function<void()> body) {
  const std::size_t number = fibers_.size();
  fibers_.push_back(std::make_unique<Fiber>());
  Fiber& made = *fibers_.back();
  made.body = std::move(body);
  made.fiber = boost::fibers::fiber(boost::fibers::launch::post, std::allocator_arg, PooledStacks(),
                                    [this, number, &made] { run_body(made, number); });
  return number;
}

void VirtualFibers::run_body(Fiber& fiber, std::size_t number) {
  // Frames between here and a park are dropped, not left: that is what abandon() says.
  // NOLINTNEXTLINE(cert-err52-cpp,modernize-avoid-setjmp-longjmp): no exception may do it
  if (setjmp(fiber.entry) == 0) {
    try {
      park(number);
      fiber.body();
    } catch (const Unwind&) {
    } catch (...) {
      failure_ = std::current_exception();
    }
    fiber.body = nullptr;
  } else {
    // What the body owns is in use by frames that were dropped.
    (void)new std::function<void()>(std::move(fiber.body));
  }
  fiber.ended = true;
}

void VirtualFibers::resume(std::size_t fiber) {
  Fiber& resumed = *fibers_.at(fiber);
  if (resumed.ended) {
    return;
  }
  resumed.may_run = true;
  if (resumed.parked != nullptr) {
    boost::fibers::context::active()->schedule(std::exchange(resumed.parked, nullptr));
  }
  const ExceptionState outside = ExceptionState::of_this_thread();
  ExceptionState{}.become_this_threads();
  run_ready();
  outside.become_this_threads();
  if (failure_ && !unwinding_) {
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

void VirtualFibers::park(std::size_t fiber) {
  Fiber& parked = *fibers_.at(fiber);
  const ExceptionState own = ExceptionState::of_this_thread();
  while (!parked.may_run && !unwinding_) {
    parked.parked = boost::fibers::context::active();
    parked.parked->suspend();
    parked.parked = nullptr;
  }
  parked.may_run = false;
  if (unwinding_ && abandons_) {
    // NOLINTNEXTLINE(cert-err52-cpp,modernize-avoid-setjmp-longjmp): see run_body()
    std::longjmp(parked.entry, 1);
  }
  own.become_this_threads();
  if (unwinding_) {
    LOCKSTEP_CHECK(++thrown_ < kUnwindLimit);
    throw Unwind{};
  }
}

bool VirtualFibers::ended(std::size_t fiber) const {
  return fibers_.at(fiber)->ended;
}

void VirtualFibers::run_ready() {
  const ReadyOrder& algorithm = algorithm_of_this_thread();
  do {
    boost::this_fiber::yield();
  } while (algorithm.ready_workers() > 0);
}

}  // namespace lockstep
