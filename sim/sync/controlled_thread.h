// std::thread and std::this_thread on a controlled runtime: <lockstep/sync/thread.h>.
//
// A thread is a fiber: one runs at a time, and who does is a choice before each operation of this
// folder. detach() does not compile: a run ends when all its threads have. A joinable thread that
// is destroyed or assigned to, which ends a real program, is a failure of this one. There is no
// native_handle().
#pragma once

#include <chrono>
#include <compare>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "sim/sync/controlled_clock.h"
#include "sim/sync/controlled_world.h"

namespace lockstep::sync {

// Number 0 is the program's main.
class ControlledThreadId {
 public:
  ControlledThreadId() = default;
  explicit ControlledThreadId(FiberId fiber) : number_(static_cast<std::uint32_t>(fiber)) {}
  friend auto operator<=>(const ControlledThreadId&, const ControlledThreadId&) = default;

 private:
  std::uint32_t number_ = kNoFiber;
};

class ControlledThread {
 public:
  using id = ControlledThreadId;  // NOLINT(readability-identifier-naming): std's name

  ControlledThread() noexcept = default;
  template <typename Function, typename... Arguments>
  requires(!std::same_as<std::remove_cvref_t<Function>,
                         ControlledThread>) explicit ControlledThread(Function&& function,
                                                                      Arguments&&... arguments) {
    begin(std::make_unique<Call<std::decay_t<Function>, std::decay_t<Arguments>...>>(
        std::forward<Function>(function), std::forward<Arguments>(arguments)...));
  }
  ControlledThread(const ControlledThread&) = delete;
  ControlledThread& operator=(const ControlledThread&) = delete;
  ControlledThread(ControlledThread&& other) noexcept { swap(other); }
  ControlledThread& operator=(ControlledThread&& other) noexcept;
  ~ControlledThread() { refuse_joinable(); }

  void swap(ControlledThread& other) noexcept { std::swap(fiber_, other.fiber_); }
  [[nodiscard]] bool joinable() const noexcept { return fiber_ != kNoFiber; }
  [[nodiscard]] id get_id() const noexcept { return joinable() ? id(FiberId{fiber_}) : id(); }
  void join();
  void detach() = delete;
  // Not known, as std's may say: a program must not depend on the host.
  [[nodiscard]] static unsigned hardware_concurrency() noexcept { return 0; }

 private:
  template <typename... Parts>
  class Call final : public ThreadBody {
   public:
    template <typename... Given>
    explicit Call(Given&&... parts) : parts_(std::forward<Given>(parts)...) {}
    void run() override {
      std::apply([](Parts&... parts) { std::invoke(std::move(parts)...); }, parts_);
    }

   private:
    std::tuple<Parts...> parts_;
  };

  void begin(std::unique_ptr<ThreadBody> body);
  void refuse_joinable() const;

  std::uint32_t fiber_ = kNoFiber;
};

namespace controlled_this_thread {

[[nodiscard]] ControlledThread::id get_id() noexcept;
void yield() noexcept;
void sleep_until_run_time(SimTime time);

template <typename Duration>
void sleep_until(const std::chrono::time_point<ControlledClock, Duration>& time) {
  sleep_until_run_time(run_time_of(time));
}
template <typename Rep, typename Period>
void sleep_for(const std::chrono::duration<Rep, Period>& span) {
  sleep_until_run_time(run_time_after(span));
}

}  // namespace controlled_this_thread
}  // namespace lockstep::sync
