// What a request costs under each scheduler, in units of tf-shared with one queue.
//
// All get the same Poisson arrivals from memory, two lanes on two GPUs, 1 ms + 50 us per row, the
// metrics of a run, and batches of up to 32 rows. Each round runs all of them in turn, beginning
// one further on; a ratio is taken within a round, and the median over the rounds is printed. A
// scheduler that sends smaller batches makes more of them per request: rows per batch stand beside
// the cost. The limit is twice tf-shared; a missed one is printed and changes no exit code. Times
// are CPU times of the process.
// Usage: scheduler_benchmark [--quick] [--requests N] [--rounds N]
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/schedulers/registry.h"
#include "core/server.h"
#include "reports/metrics.h"
#include "sim/poisson_arrivals.h"
#include "sim/simulation.h"
#include "tests/benchmark/measuring.h"

namespace lockstep::benchmark {
namespace {

constexpr std::uint32_t kLaneCount = 2;
constexpr double kRatioMax = 2.0;
constexpr std::array<std::uint64_t, 2> kRates = {17'230, 23'877};  // 70 % and 97 % load

struct Contender {
  const char* label;
  const char* scheduler;
  OptionValues options;
};

const OptionValues kShared = {{"max_batch_size", "32"},
                              {"batch_timeout_micros", "2000"},
                              {"max_enqueued_batches", "1000000"},
                              {"num_batch_threads", "2"}};

OptionValues shared_with(const OptionValues& more) {
  OptionValues all = kShared;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// The first is the measure of the others.
std::vector<Contender> contenders() {
  return {
      {"tf-shared", "tf-shared", kShared},
      {"tf-shared, retrier", "tf-shared", shared_with({{"retrier", "true"}})},
      {"tf-shared, session", "tf-shared", shared_with({{"batching_session", "true"}})},
      {"tf-shared, polling", "tf-shared", shared_with({{"idle_poll_micros", "1000"}})},
      {"tf-shared, splitting", "tf-shared",
       shared_with({{"enable_large_batch_splitting", "true"}, {"max_execution_batch_size", "32"}})},
      {"tf-shared, priorities", "tf-shared",
       shared_with({{"enable_priority_queue", "true"},
                    {"low_priority_max_batch_size", "32"},
                    {"low_priority_max_enqueued_batches", "10"}})},
      {"tf-adaptive", "tf-adaptive", shared_with({{"initial_in_flight_batches_limit", "2"}})},
      {"tf-serial-device",
       "tf-serial-device",
       {{"max_batch_size", "32"},
        {"max_enqueued_batches", "1000000"},
        {"num_batch_threads", "2"},
        {"initial_in_flight_batches_limit", "2"}}},
      {"tf-streaming",
       "tf-streaming",
       {{"max_batch_size", "32"}, {"batch_timeout_micros", "2000"}, {"num_batch_threads", "2"}}},
      {"tf-jit",
       "tf-jit",
       {{"max_batch_size", "32"}, {"max_queue_size", "1000000"}, {"num_batch_threads", "2"}}},
      {"naive-full-batch", "naive-full-batch", {{"batch_size", "32"}, {"num_batch_threads", "2"}}}};
}

// The value, or the end of the program with the error's text.
template <typename T>
T need(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "error: %s\n", result.error().message.c_str());
    std::exit(2);
  }
  return std::move(*result);
}

struct Results {
  std::uint64_t answered = 0;
  std::uint64_t batches = 0;
  std::uint64_t rows = 0;
  std::uint64_t digest = 0;
};

Results run(const Contender& contender, const std::vector<std::int64_t>& times) {
  const SchedulerInfo* const info = find_scheduler(contender.scheduler);
  LOCKSTEP_CHECK(info != nullptr);
  SchedulerSpec spec{.values = need(complete_options(*info, contender.options, kLaneCount))};
  RunMetrics metrics(MetricsOptions{.exact = false});
  Server server(need(info->make(spec)), {.lane_count = kLaneCount}, &metrics);
  MemoryArrivals arrivals(times);
  const SimulationOptions options{
      .device = {.compute = ServiceCurve::affine(std::chrono::milliseconds{1},
                                                 std::chrono::microseconds{50})},
      .gpu_count = kLaneCount};
  need(simulate(options, arrivals, server));
  return {.answered = metrics.answered(),
          .batches = metrics.batches(),
          .rows = metrics.rows(),
          .digest = server.digest()};
}

void measure(std::uint64_t rate, const Settings& settings) {
  const std::vector<Contender> all = contenders();
  const std::vector<std::int64_t> times =
      drawn_times({.rate_count = rate, .request_count = settings.requests, .seed = 1});
  std::vector<std::vector<double>> seconds(all.size());
  std::vector<Results> results(all.size());
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    for (std::size_t turn = 0; turn < all.size(); ++turn) {
      const std::size_t who = (round + turn) % all.size();
      const double start = cpu_seconds();
      const Results result = run(all[who], times);
      seconds[who].push_back(cpu_seconds() - start);
      LOCKSTEP_CHECK(round == 0 || result.digest == results[who].digest);
      results[who] = result;
    }
  }
  std::printf("poisson:%llu/s, %llu requests, %zu rounds\n", static_cast<unsigned long long>(rate),
              static_cast<unsigned long long>(settings.requests), settings.rounds);
  std::printf("  %-22s %9s %10s %11s  %s\n", "", "answered", "rows/batch", "ns/request",
              "times tf-shared (limit 2.0)");
  for (std::size_t who = 0; who < all.size(); ++who) {
    std::vector<double> ns;
    std::vector<double> ratios;
    for (std::size_t round = 0; round < settings.rounds; ++round) {
      ns.push_back(seconds[who][round] * 1e9 / static_cast<double>(settings.requests));
      ratios.push_back(seconds[who][round] / seconds[0][round]);
    }
    const Spread ratio = spread_of(ratios);
    std::printf("  %-22s %9llu %10.1f %11.1f  %.2f (%.2f-%.2f) %s\n", all[who].label,
                static_cast<unsigned long long>(results[who].answered),
                static_cast<double>(results[who].rows) / static_cast<double>(results[who].batches),
                spread_of(ns).median, ratio.median, ratio.min, ratio.max,
                ratio.median <= kRatioMax ? "HOLDS" : "MISSED");
  }
}

}  // namespace
}  // namespace lockstep::benchmark

int main(int argc, char** argv) {
  using namespace lockstep::benchmark;
  const std::optional<Settings> settings = parse_settings({argv + 1, argv + argc});
  if (!settings) {
    return 2;
  }
  for (const std::uint64_t rate : kRates) {
    measure(rate, *settings);
  }
  return 0;
}
