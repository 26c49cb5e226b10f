#include "gpu_backend/real_runtime.h"

#include <string>
#include <thread>
#include <utility>

#include <sys/prctl.h>

#include "core/check.h"

namespace lockstep {

RealRuntime::RealRuntime(const Clock& clock, const RealRuntimeOptions& options) : clock_(clock) {
  LOCKSTEP_CHECK(options.threads > 0);
  for (std::uint32_t thread = 0; thread < options.threads; ++thread) {
    threads_.push_back(std::make_unique<FiberThread>(clock, options.idle, options.poll_interval));
  }
}

std::uint32_t RealRuntime::thread_count() const {
  return static_cast<std::uint32_t>(threads_.size());
}

FiberId RealRuntime::spawn_on(std::uint32_t thread, std::string /*name*/, FiberClass /*of*/,
                              std::function<void()> body) {
  FiberThread& of = *threads_.at(thread);
  places_.push_back({.thread = &of, .number = of.add(std::move(body))});
  return FiberId{static_cast<std::uint32_t>(places_.size() - 1)};
}

const RealRuntime::Place& RealRuntime::place_of(FiberId fiber) const {
  return places_.at(static_cast<std::uint32_t>(fiber));
}

void RealRuntime::unpark(FiberId fiber) {
  const Place& place = place_of(fiber);
  if (place.thread == FiberThread::here()) {
    place.thread->unpark(place.number);
  } else {
    place.thread->unpark_from_outside(place.number);
  }
}

void RealRuntime::notify() {
  if (notified_.thread != nullptr) {
    notified_.thread->unpark_from_outside(notified_.number);
  }
}

void RealRuntime::run() {
  std::vector<std::thread> others;
  for (std::size_t thread = 1; thread < threads_.size(); ++thread) {
    others.emplace_back([this, thread] {
      ::prctl(PR_SET_NAME, ("lockstep " + std::to_string(thread)).c_str(), 0UL, 0UL, 0UL);
      threads_[thread]->run();
    });
  }
  threads_.front()->run();
  for (std::thread& other : others) {
    other.join();
  }
}

}  // namespace lockstep
