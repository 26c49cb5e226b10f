// Two threads that count without a lock: the installed explorer finds the schedule that loses one.
#include <cstdio>

#include <lockstep/sync/atomic.h>
#include <lockstep/sync/explore.h>
#include <lockstep/sync/thread.h>

int main() {
  const auto program = lockstep::sync::controlled([] {
    lockstep::sync::atomic<int> counted = 0;
    const auto count = [&] { counted.store(counted.load() + 1); };
    lockstep::sync::thread other(count);
    count();
    other.join();
    lockstep::sync::require(counted.load() == 2, "one count is lost");
  });
  const lockstep::ExplorationOptions options{.schedules = 1'000};
  const lockstep::Exploration found = lockstep::explore(program, options);
  std::fputs(lockstep::to_text(found, options).c_str(), stdout);
  return 0;
}
