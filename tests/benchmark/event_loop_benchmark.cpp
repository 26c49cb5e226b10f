// What a simulated request costs: Lockstep against two loops written by hand, in one process.
//
// Lockstep runs as users run it: server with all checks and the digest, tf-shared, simulate(), and
// the metrics of a run. Each round runs all three in turn; ratios are taken within a round.
// All three must give the same mean, quantiles, maximum and batch count: exit code 1 otherwise.
// Times are CPU times of the process. Usage: event_loop_benchmark [--quick] [--requests N]
// [--rounds N]
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/schedulers/tf_shared.h"
#include "core/server.h"
#include "reports/metrics.h"
#include "sim/poisson_arrivals.h"
#include "sim/simulation.h"
#include "tests/benchmark/hand_written_loops.h"
#include "tests/benchmark/measuring.h"

namespace lockstep::benchmark {
namespace {

struct Load {
  const char* name;
  std::uint64_t requests_per_s;
};
// Capacity: 2 lanes * 32 requests / 2.6 ms = 24615.4/s.
constexpr std::array<Load, 2> kLoads = {Load{"70 %", 17'230}, Load{"97 %", 23'877}};

// The targets: no more than 6 times the floor, no more than twice a loop one would write oneself.
constexpr double kFloorRatioMax = 6.0;
constexpr double kHeapRatioMax = 2.0;

// --- arrivals: in memory, or drawn as they are needed; the same times either way

class MemoryFeed {
 public:
  explicit MemoryFeed(const std::vector<std::int64_t>& times)
      : next_(times.data()), end_(times.data() + times.size()) {}
  [[nodiscard]] std::int64_t next() { return next_ == end_ ? kNever : *next_++; }

 private:
  const std::int64_t* next_;
  const std::int64_t* end_;
};

PoissonOptions poisson(const Load& load, const Settings& settings) {
  return {.rate_count = load.requests_per_s, .request_count = settings.requests, .seed = 1};
}

class DrawnFeed {
 public:
  explicit DrawnFeed(const PoissonOptions& options)
      : arrivals_(std::make_unique<PoissonArrivals>(options)), block_(256) {}
  [[nodiscard]] std::int64_t next() {
    if (place_ == count_) {
      count_ = arrivals_->read(block_).value();
      place_ = 0;
      if (count_ == 0) {
        return kNever;
      }
    }
    return ns_of(block_[place_++].time);
  }

 private:
  std::unique_ptr<PoissonArrivals> arrivals_;
  std::vector<Arrival> block_;
  std::size_t place_ = 0;
  std::size_t count_ = 0;
};

// --- Lockstep

// What all loops must agree on, to the nanosecond.
struct Results {
  std::uint64_t requests = 0;
  std::int64_t latency_sum_ns = 0;
  std::int64_t latency_max_ns = 0;
  std::int64_t p50_ns = 0;
  std::int64_t p99_ns = 0;
  std::uint64_t batches = 0;
  std::uint64_t digest = 0;  // Lockstep's only

  [[nodiscard]] bool agrees_with(const Results& other) const {
    return requests == other.requests && latency_sum_ns == other.latency_sum_ns &&
           latency_max_ns == other.latency_max_ns && p50_ns == other.p50_ns &&
           p99_ns == other.p99_ns && batches == other.batches;
  }
};

Results results_of(const Tally& tally) {
  // Never above the maximum, as in RunMetrics.
  const auto quantile = [&tally](std::uint32_t per_million) {
    return std::min(tally.latencies.quantile(per_million).count(), tally.latency_max_ns);
  };
  return {.requests = tally.latencies.count(),
          .latency_sum_ns = tally.latency_sum_ns,
          .latency_max_ns = tally.latency_max_ns,
          .p50_ns = quantile(500'000),
          .p99_ns = quantile(990'000),
          .batches = tally.batches};
}

Results run_lockstep(ArrivalSource& arrivals) {
  RunMetrics metrics(MetricsOptions{.exact = false});
  Server server(make_tf_shared({.max_batch_size = kBatchMax,
                                .batch_timeout_micros = kTimeoutNs / 1000,
                                .max_enqueued_batches = 1'000'000,
                                .num_batch_threads = kLaneCount})
                    .value(),
                {.lane_count = kLaneCount}, &metrics);
  const SimulationOptions options{
      .device = {.compute = ServiceCurve::affine(SimDuration{kBaseNs}, SimDuration{kPerRowNs})},
      .gpu_count = kLaneCount};
  const SimulationResult result = simulate(options, arrivals, server).value();
  LOCKSTEP_CHECK_EQ(result.unanswered, std::uint64_t{0});
  const std::vector<LatencyQuantile> quantiles =
      metrics.quantiles(std::array{500'000u, 990'000u}).value();
  return {.requests = metrics.answered(),
          .latency_sum_ns = static_cast<std::int64_t>(metrics.latency_sum()),
          .latency_max_ns = metrics.latency_max().count(),
          .p50_ns = quantiles.at(0).of_answered.count(),
          .p99_ns = quantiles.at(1).of_answered.count(),
          .batches = metrics.batches(),
          .digest = server.digest()};
}

// --- measuring

enum Loop : std::size_t { kLockstep, kLimitEventStep, kHeapTyped, kLoopCount };
constexpr std::array<const char*, kLoopCount> kLoopNames = {"lockstep", "limit_event_step",
                                                            "heap_typed"};

std::string results_text(const Results& results) {
  const auto micros = [](std::int64_t ns) { return static_cast<double>(ns) / 1000; };
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(),
                "requests %llu  mean %.3f us  p50 %.3f us  p99 %.3f us  max %.3f us  batches %llu",
                static_cast<unsigned long long>(results.requests),
                micros(results.latency_sum_ns) / static_cast<double>(results.requests),
                micros(results.p50_ns), micros(results.p99_ns), micros(results.latency_max_ns),
                static_cast<unsigned long long>(results.batches));
  return text.data();
}

// One experiment: all loops on the same arrivals, in every round. Runs are given as functions of
// the loop, so that both kinds of arrivals share the rest.
template <typename Run>
bool measure(const Settings& settings, Run&& run) {
  std::array<std::vector<double>, kLoopCount> seconds;
  std::array<Results, kLoopCount> results;
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    for (std::size_t turn = 0; turn < kLoopCount; ++turn) {
      const auto loop = static_cast<Loop>((round + turn) % kLoopCount);
      const double start = cpu_seconds();
      const Results result = run(loop);
      seconds[loop].push_back(cpu_seconds() - start);
      LOCKSTEP_CHECK(round == 0 || result.digest == results[loop].digest);
      LOCKSTEP_CHECK(round == 0 || result.agrees_with(results[loop]));
      results[loop] = result;
    }
  }

  const bool equal = results[kLockstep].agrees_with(results[kLimitEventStep]) &&
                     results[kLockstep].agrees_with(results[kHeapTyped]);
  for (std::size_t loop = 0; loop < (equal ? std::size_t{1} : std::size_t{kLoopCount}); ++loop) {
    std::printf("  %s%s%s\n", equal ? "all three: " : kLoopNames[loop], equal ? "" : ": ",
                results_text(results[loop]).c_str());
  }
  std::printf("  %s  digest %s\n", equal ? "EQUAL" : "DIFFERENT",
              digest_text(results[kLockstep].digest).c_str());
  for (std::size_t loop = 0; loop < kLoopCount; ++loop) {
    std::vector<double> ns;
    for (const double value : seconds[loop]) {
      ns.push_back(value * 1e9 / static_cast<double>(settings.requests));
    }
    const Spread spread = spread_of(ns);
    std::printf("  %-18s %7.2f ns/request (%.2f-%.2f)  %.1f M requests/s\n", kLoopNames[loop],
                spread.median, spread.min, spread.max, 1e3 / spread.median);
  }
  for (const auto& [loop, limit] :
       {std::pair{kLimitEventStep, kFloorRatioMax}, std::pair{kHeapTyped, kHeapRatioMax}}) {
    std::vector<double> ratios;
    for (std::size_t round = 0; round < settings.rounds; ++round) {
      ratios.push_back(seconds[kLockstep][round] / seconds[loop][round]);
    }
    const Spread spread = spread_of(ratios);
    std::printf("  lockstep / %-16s %.2f (%.2f-%.2f)  limit %.1f: %s\n", kLoopNames[loop],
                spread.median, spread.min, spread.max, limit,
                spread.median <= limit ? "HOLDS" : "MISSED");
  }
  return equal;
}

bool measure_in_memory(const Load& load, const Settings& settings) {
  const std::vector<std::int64_t> times = drawn_times(poisson(load, settings));
  return measure(settings, [&](Loop loop) -> Results {
    switch (loop) {
      case kLimitEventStep:
        return results_of(run_limit_event_step(MemoryFeed(times)));
      case kHeapTyped:
        return results_of(run_heap_typed(MemoryFeed(times)));
      default:
        MemoryArrivals arrivals(times);
        return run_lockstep(arrivals);
    }
  });
}

bool measure_drawn(const Load& load, const Settings& settings) {
  const PoissonOptions options = poisson(load, settings);
  return measure(settings, [&](Loop loop) -> Results {
    switch (loop) {
      case kLimitEventStep:
        return results_of(run_limit_event_step(DrawnFeed(options)));
      case kHeapTyped:
        return results_of(run_heap_typed(DrawnFeed(options)));
      default:
        PoissonArrivals arrivals(options);
        return run_lockstep(arrivals);
    }
  });
}

int run_all(const std::vector<std::string_view>& arguments) {
  const std::optional<Settings> settings = parse_settings(arguments);
  if (!settings) {
    return 2;
  }
  bool equal = true;
  for (const Load& load : kLoads) {
    for (const bool in_memory : {true, false}) {
      std::printf("%s load, poisson:%llu/s, %llu requests, %zu rounds, arrivals %s\n", load.name,
                  static_cast<unsigned long long>(load.requests_per_s),
                  static_cast<unsigned long long>(settings->requests), settings->rounds,
                  in_memory ? "in memory" : "drawn on the fly");
      equal = (in_memory ? measure_in_memory(load, *settings) : measure_drawn(load, *settings)) &&
              equal;
    }
  }
  return equal ? 0 : 1;
}

}  // namespace
}  // namespace lockstep::benchmark

int main(int argc, char** argv) {
  return lockstep::benchmark::run_all({argv + 1, argv + argc});
}
