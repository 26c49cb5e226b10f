// What the idle strategies of the live server cost in CPU and in latency: a server without work,
// and one with a thousand requests a second on a device that takes 200 us a batch and no CPU.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "core/schedulers/tf_shared.h"
#include "gpu_backend/live_server.h"
#include "tests/benchmark/instant_device.h"
#include "tests/benchmark/measuring.h"

namespace lockstep {
namespace {

constexpr SimDuration kOnDevice{200'000};
constexpr std::chrono::microseconds kBetween{1000};

class TimedRow final : public LiveRequest {
 public:
  TimedRow() {
    input = std::as_bytes(std::span(&in_, 1));
    output = std::as_writable_bytes(std::span(&out_, 1));
  }
  void done(const LiveAnswer& answer) override { latency = answer.answered - answer.arrived; }
  SimDuration latency{0};

 private:
  float in_ = 1.0F;
  float out_ = 0.0F;
};

// Of all threads but the calling one.
double others_cpu_seconds() {
  std::timespec own{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
  return benchmark::cpu_seconds() - static_cast<double>(own.tv_sec) -
         static_cast<double>(own.tv_nsec) * 1e-9;
}

struct IdleFigures {
  double idle_cpu = 0;  // CPU seconds per second
  double busy_cpu = 0;
  double added_p50 = 0;  // us: latency less the device's time
  double added_p99 = 0;
};

IdleFigures measure_strategy(IdleStrategy idle, std::chrono::milliseconds span) {
  IdleFigures figures;
  const SteadyClock clock;
  benchmark::InstantDevice device(clock, 2, kOnDevice);
  LiveServerOptions options;
  options.driver.server.lane_count = 2;
  options.runtime.idle = idle;
  std::deque<TimedRow> rows(static_cast<std::size_t>(span / kBetween));
  LiveServer server(clock, device,
                    std::move(*make_tf_shared({.max_batch_size = 1,
                                               .batch_timeout_micros = 0,
                                               .max_enqueued_batches = 1'000'000,
                                               .num_batch_threads = 2})),
                    options);
  const auto cpu_per_second = [&clock](auto&& act) {
    const SimTime from = clock.now();
    const double before = others_cpu_seconds();
    act();
    return (others_cpu_seconds() - before) * 1e9 /
           static_cast<double>((clock.now() - from).count());
  };
  figures.idle_cpu = cpu_per_second([span] { std::this_thread::sleep_for(span); });
  figures.busy_cpu = cpu_per_second([&rows, &server] {
    auto next = std::chrono::steady_clock::now();
    for (TimedRow& row : rows) {
      next += kBetween;
      std::this_thread::sleep_until(next);
      static_cast<void>(server.submit(row));
    }
  });
  server.drain();
  std::vector<double> added;
  for (const TimedRow& row : rows) {
    added.push_back(static_cast<double>((row.latency - kOnDevice).count()) * 1e-3);
  }
  std::sort(added.begin(), added.end());
  figures.added_p50 = added[added.size() / 2];
  figures.added_p99 = added[added.size() * 99 / 100];
  return figures;
}

void measure_all(std::size_t rounds, std::chrono::milliseconds span) {
  std::printf("%-8s %-26s %-26s %-22s %s\n", "", "idle: CPU seconds/second", "1000 requests/s: CPU",
              "added latency p50 us", "p99 us");
  for (const IdleStrategy idle :
       {IdleStrategy::kSleep, IdleStrategy::kYield, IdleStrategy::kSpin}) {
    std::vector<double> columns[4];
    for (std::size_t round = 0; round < rounds; ++round) {
      const IdleFigures figures = measure_strategy(idle, span);
      const double values[4] = {figures.idle_cpu, figures.busy_cpu, figures.added_p50,
                                figures.added_p99};
      for (std::size_t i = 0; i < 4; ++i) {
        columns[i].push_back(values[i]);
      }
    }
    std::printf("%-8s", std::string(idle_strategy_name(idle)).c_str());
    for (const std::vector<double>& column : columns) {
      const benchmark::Spread spread = benchmark::spread_of(column);
      std::printf(" %9.4f (%.4f-%.4f)  ", spread.median, spread.min, spread.max);
    }
    std::puts("");
  }
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  const auto settings = lockstep::benchmark::parse_settings({argv + 1, argv + argc});
  if (!settings) {
    return 2;
  }
  lockstep::measure_all(settings->rounds,
                        std::chrono::milliseconds(settings->requests >= 1'000'000 ? 1000 : 200));
  return 0;
}
