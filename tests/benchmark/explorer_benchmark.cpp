// How many controlled schedules a second: the live driver on virtual time with a simulated device,
// six requests, a cancellation and faults, by a random walk and by PCT.
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "core/schedulers/tf_shared.h"
#include "properties/live_world.h"
#include "sim/exploration.h"
#include "tests/benchmark/measuring.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

LiveScenario six_requests() {
  return {.scheduler =
              [] {
                return std::move(*make_tf_shared(
                    {.max_batch_size = 2, .batch_timeout_micros = 5, .num_batch_threads = 2}));
              },
          .lanes = 2,
          .gpu = "10us+1us/row",
          .arrivals = VectorArrivals::at({0, 100, 200, 8000, 8100, 20'000}),
          .cancels = {{.request = 3, .at = at_ns(9000)}},
          .clients = 2,
          .device_fails = true};
}

void measure(Strategy strategy, std::uint64_t schedules) {
  const LiveScenario scenario = six_requests();
  const ControlledProgram program = [&scenario](Choices& choices) {
    const auto run = run_live(scenario, choices, {.wakes_without_reason = true});
    return Outcome{.failure = run->end == RunEnd::kAllEnded ? "" : "stuck", .steps = run->steps};
  };
  const double before = benchmark::cpu_seconds();
  const Exploration result = explore(program, {.strategy = strategy, .schedules = schedules});
  const double spent = benchmark::cpu_seconds() - before;
  std::printf(
      "%-14s %llu schedules, %llu distinct, median of %llu choices, %.0f steps each: "
      "%.2f s of one core, %.0f schedules/s\n",
      std::string(strategy_name(strategy)).c_str(),
      static_cast<unsigned long long>(result.schedules),
      static_cast<unsigned long long>(result.distinct),
      static_cast<unsigned long long>(result.choices_median),
      static_cast<double>(result.steps) / static_cast<double>(result.schedules), spent,
      static_cast<double>(result.schedules) / spent);
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  const std::uint64_t schedules =
      argc > 1 ? lockstep::benchmark::parse_count(argv[1]) : std::uint64_t{20'000};
  if (schedules == 0) {
    std::fprintf(stderr, "error: found '%s', expected a number of schedules\n", argv[1]);
    return 2;
  }
  lockstep::measure(lockstep::Strategy::kRandomWalk, schedules);
  lockstep::measure(lockstep::Strategy::kPriorities, schedules);
  return 0;
}
