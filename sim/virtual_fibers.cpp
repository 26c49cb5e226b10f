#include "sim/virtual_fibers.h"

#include <mutex>
#include <utility>

#include <boost/fiber/algo/algorithm.hpp>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/protected_fixedsize_stack.hpp>
#include <boost/fiber/scheduler.hpp>

#include "core/check.h"

namespace lockstep {
namespace {

// Of a client's program, with a page behind it that catches an overflow. Touched pages cost memory.
constexpr std::size_t kStackBytes = std::size_t{256} * 1024;

// Unwinds a fiber that will never be resumed.
struct Unwind {};

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
  boost::fibers::context* pick_next() noexcept override {
    if (ready_.empty()) {
      return nullptr;  // to the dispatcher only, which then calls suspend_until
    }
    boost::fibers::context* fiber = &ready_.front();
    ready_.pop_front();
    workers_ -= is_worker(fiber);
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
  boost::fibers::mutex mutex;
  boost::fibers::condition_variable resumed;
  bool may_run = false;
  bool ended = false;
};

VirtualFibers::VirtualFibers() {
  algorithm_of_this_thread();
}

VirtualFibers::~VirtualFibers() {
  unwinding_ = true;
  for (std::size_t fiber = 0; fiber < fibers_.size(); ++fiber) {
    // A body may park again while it is unwound (it throws again) or hold back another.
    resume(fiber);
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
  made.fiber = boost::fibers::fiber(boost::fibers::launch::post, std::allocator_arg,
                                    boost::fibers::protected_fixedsize_stack(kStackBytes),
                                    [this, number, &made] {
                                      try {
                                        park(number);
                                        made.body();
                                      } catch (const Unwind&) {
                                      } catch (...) {
                                        failure_ = std::current_exception();
                                      }
                                      made.body = nullptr;
                                      made.ended = true;
                                    });
  run_ready();  // as far as its first park
  return number;
}

void VirtualFibers::resume(std::size_t fiber) {
  Fiber& resumed = *fibers_.at(fiber);
  if (resumed.ended) {
    return;
  }
  {
    const std::unique_lock lock(resumed.mutex);
    resumed.may_run = true;
  }
  resumed.resumed.notify_one();
  run_ready();
  if (failure_ && !unwinding_) {
    std::rethrow_exception(std::exchange(failure_, nullptr));
  }
}

void VirtualFibers::park(std::size_t fiber) {
  Fiber& parked = *fibers_.at(fiber);
  std::unique_lock lock(parked.mutex);
  parked.resumed.wait(lock, [&] { return parked.may_run || unwinding_; });
  parked.may_run = false;
  if (unwinding_) {
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
