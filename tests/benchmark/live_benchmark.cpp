// What the live server costs, with a device that takes no time: throughput beside a batcher with a
// mutex and a condition variable, and from submit() to the launch beside two threads that spin.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "core/schedulers/tf_shared.h"
#include "gpu_backend/live_server.h"
#include "tests/benchmark/instant_device.h"
#include "tests/benchmark/measuring.h"
#include "tests/benchmark/usual_batcher.h"

namespace lockstep {
namespace {

using benchmark::InstantDevice;
using benchmark::spread_of;
using benchmark::UsualBatcher;

constexpr std::size_t kSubmitters = 4;
constexpr std::int64_t kBatchRows = 32;
constexpr std::int64_t kTimeoutMicros = 1000;

class OneRow final : public LiveRequest {
 public:
  explicit OneRow(std::atomic<std::uint64_t>& answered) : answered_(answered) {
    input = std::as_bytes(std::span(&in_, 1));
    output = std::as_writable_bytes(std::span(&out_, 1));
  }
  void done(const LiveAnswer& /*answer*/) override {
    answered_.fetch_add(1, std::memory_order_release);
  }

 private:
  std::atomic<std::uint64_t>& answered_;
  float in_ = 1.0F;
  float out_ = 0.0F;
};

LiveServerOptions server_options(std::uint32_t lanes, IdleStrategy idle) {
  LiveServerOptions options;
  options.driver.server.lane_count = lanes;
  options.runtime.idle = idle;
  return options;
}

std::unique_ptr<Scheduler> batching_scheduler() {
  return std::move(*make_tf_shared({.max_batch_size = kBatchRows,
                                    .batch_timeout_micros = kTimeoutMicros,
                                    .max_enqueued_batches = 1'000'000,
                                    .num_batch_threads = 2}));
}

struct Throughput {
  double per_second = 0;  // from the first submit() to the last answer
  double cpu_each = 0;    // ns of CPU for each request, of all threads
};

// Four threads submit all rows as fast as they can.
Throughput wave(std::vector<std::deque<OneRow>>& rows,
                const std::function<void(LiveRequest&)>& submit,
                std::atomic<std::uint64_t>& answered) {
  answered.store(0, std::memory_order_relaxed);
  const std::size_t each = rows.front().size();
  const double cpu_before = benchmark::cpu_seconds();
  const SteadyClock clock;
  std::vector<std::thread> submitters;
  for (std::deque<OneRow>& own : rows) {
    submitters.emplace_back([&own, &submit] {
      for (OneRow& request : own) {
        submit(request);
      }
    });
  }
  for (std::thread& submitter : submitters) {
    submitter.join();
  }
  while (answered.load(std::memory_order_acquire) < each * kSubmitters) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  const auto spent = static_cast<double>(ns_of(clock.now())) * 1e-9;
  const auto count = static_cast<double>(each * kSubmitters);
  return {.per_second = count / spent,
          .cpu_each = (benchmark::cpu_seconds() - cpu_before) * 1e9 / count};
}

// Of a server that has seen such a load before, as one in production has: the second wave.
Throughput throughput(std::uint64_t requests, const std::function<void(LiveRequest&)>& submit,
                      std::atomic<std::uint64_t>& answered) {
  std::vector<std::deque<OneRow>> rows(kSubmitters);
  for (std::deque<OneRow>& own : rows) {
    for (std::size_t i = 0; i < requests / kSubmitters; ++i) {
      own.emplace_back(answered);
    }
  }
  wave(rows, submit, answered);
  for (std::deque<OneRow>& own : rows) {
    for (OneRow& row : own) {
      row.arrival.time = kOnSubmit;
    }
  }
  return wave(rows, submit, answered);
}

Throughput live_throughput(std::uint64_t requests, IdleStrategy idle) {
  std::atomic<std::uint64_t> answered{0};
  const SteadyClock clock;
  InstantDevice device(clock, 2, SimDuration{0});
  LiveServerOptions options = server_options(2, idle);
  options.driver.submission_capacity = requests;  // neither has to wait for room
  LiveServer server(clock, device, batching_scheduler(), options);
  return throughput(
      requests,
      [&server](LiveRequest& request) {
        while (server.submit(request).pushed == SubmissionQueue::Pushed::kFull) {
          std::this_thread::yield();
        }
      },
      answered);
}

Throughput usual_throughput(std::uint64_t requests, std::size_t lanes) {
  std::atomic<std::uint64_t> answered{0};
  UsualBatcher batcher(kBatchRows, std::chrono::microseconds(kTimeoutMicros), lanes);
  return throughput(
      requests, [&batcher](LiveRequest& request) { batcher.submit(request); }, answered);
}

// --- clients that wait ---------------------------------------------------------------------------

// Four threads, each with 64 requests underway at a time: it submits them, then waits for all.
constexpr std::size_t kUnderway = 64;
using SubmitForFuture =
    std::function<std::future<LiveAnswer>(std::span<const std::byte>, std::span<std::byte>)>;

double waiting_throughput(std::uint64_t requests, const SubmitForFuture& submit) {
  const std::size_t each = requests / kSubmitters / kUnderway * kUnderway;
  const SteadyClock clock;
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < kSubmitters; ++i) {
    clients.emplace_back([each, &submit] {
      std::vector<float> in(kUnderway, 1.0F);
      std::vector<float> out(kUnderway);
      std::vector<std::future<LiveAnswer>> answers(kUnderway);
      for (std::size_t sent = 0; sent < each; sent += kUnderway) {
        for (std::size_t k = 0; k < kUnderway; ++k) {
          answers[k] = submit(std::as_bytes(std::span(in).subspan(k, 1)),
                              std::as_writable_bytes(std::span(out).subspan(k, 1)));
        }
        for (std::future<LiveAnswer>& answer : answers) {
          answer.get();
        }
      }
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }
  return static_cast<double>(each * kSubmitters) * 1e9 / static_cast<double>(ns_of(clock.now()));
}

double live_waiting_throughput(std::uint64_t requests) {
  const SteadyClock clock;
  InstantDevice device(clock, 2, SimDuration{0});
  LiveServer server(clock, device, batching_scheduler(), server_options(2, IdleStrategy::kSleep));
  return waiting_throughput(
      requests, [&server](std::span<const std::byte> input, std::span<std::byte> output) {
        return server.submit(Arrival{.size = 1}, input, output);
      });
}

class PromisedRow final : public LiveRequest {
 public:
  PromisedRow(std::span<const std::byte> in, std::span<std::byte> out) {
    input = in;
    output = out;
  }
  void done(const LiveAnswer& answer) override {
    promise.set_value(answer);
    delete this;
  }
  std::promise<LiveAnswer> promise;
};

double usual_waiting_throughput(std::uint64_t requests, std::size_t lanes) {
  UsualBatcher batcher(kBatchRows, std::chrono::microseconds(kTimeoutMicros), lanes);
  return waiting_throughput(
      requests, [&batcher](std::span<const std::byte> input, std::span<std::byte> output) {
        auto* const request = new PromisedRow(input, output);  // its own until done()
        std::future<LiveAnswer> answer = request->promise.get_future();
        batcher.submit(*request);
        return answer;
      });
}

// --- latency -------------------------------------------------------------------------------------

struct Latencies {
  double p50 = 0;  // ns
  double p99 = 0;
};
Latencies ranks_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values[values.size() * 99 / 100]};
}

constexpr SimDuration kGap{50'000};

// Open loop: at each time, whatever became of those before.
void at_each_time(const Clock& clock, std::size_t count,
                  const std::function<void(std::size_t)>& act) {
  SimTime next = clock.now();
  for (std::size_t i = 0; i < count; ++i) {
    next += kGap;
    while (clock.now() < next) {
    }
    act(i);
  }
}

Latencies live_latency(std::size_t count) {
  std::atomic<std::uint64_t> answered{0};
  std::deque<OneRow> rows;
  for (std::size_t i = 0; i < count; ++i) {
    rows.emplace_back(answered);
  }
  const SteadyClock clock;
  InstantDevice device(clock, 1, SimDuration{0});
  LiveServer server(clock, device,
                    std::move(*make_tf_shared({.max_batch_size = 1,
                                               .batch_timeout_micros = 0,
                                               .max_enqueued_batches = 1'000'000,
                                               .num_batch_threads = 1})),
                    server_options(1, IdleStrategy::kSpin));
  at_each_time(clock, count, [&](std::size_t i) { static_cast<void>(server.submit(rows[i])); });
  server.drain();
  std::vector<double> latencies;
  for (std::size_t i = 0; i < count; ++i) {
    latencies.push_back(static_cast<double>((device.launches()[i] - rows[i].arrival.time).count()));
  }
  return ranks_of(std::move(latencies));
}

Latencies control_latency(std::size_t count) {
  const SteadyClock clock;
  std::vector<SimTime> sent(count);
  std::vector<SimTime> seen(count);
  std::atomic<std::size_t> flag{0};
  std::thread watcher([&] {
    for (std::size_t last = 0; last < count;) {
      const std::size_t now = flag.load(std::memory_order_acquire);
      if (now != last) {
        const SimTime time = clock.now();
        std::fill(seen.begin() + static_cast<std::ptrdiff_t>(last),
                  seen.begin() + static_cast<std::ptrdiff_t>(now), time);
        last = now;
      }
    }
  });
  at_each_time(clock, count, [&](std::size_t i) {
    sent[i] = clock.now();
    flag.store(i + 1, std::memory_order_release);
  });
  watcher.join();
  std::vector<double> latencies;
  for (std::size_t i = 0; i < count; ++i) {
    latencies.push_back(static_cast<double>((seen[i] - sent[i]).count()));
  }
  return ranks_of(std::move(latencies));
}

// --- both ----------------------------------------------------------------------------------------

void print_row(std::string_view name, std::vector<double> values, double unit,
               std::string_view unit_name) {
  const benchmark::Spread spread = spread_of(std::move(values));
  std::printf("%-44s %8.2f %s (%.2f-%.2f)\n", std::string(name).c_str(), spread.median / unit,
              std::string(unit_name).c_str(), spread.min / unit, spread.max / unit);
}

// The server has two lanes; a mutex batcher has a thread for each, or one for all.
constexpr std::size_t kUsualLanes[] = {1, 2};

void measure_throughput(const benchmark::Settings& settings, IdleStrategy idle) {
  std::vector<double> live;
  std::vector<double> live_cpu;
  std::vector<double> usual[2];
  std::vector<double> usual_cpu[2];
  std::vector<double> ratios[2];
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    const Throughput ours = live_throughput(settings.requests, idle);
    live.push_back(ours.per_second);
    live_cpu.push_back(ours.cpu_each);
    for (std::size_t i = 0; i < 2; ++i) {
      const Throughput theirs = usual_throughput(settings.requests, kUsualLanes[i]);
      usual[i].push_back(theirs.per_second);
      usual_cpu[i].push_back(theirs.cpu_each);
      ratios[i].push_back(ours.per_second / theirs.per_second);
    }
  }
  std::printf("throughput, 4 threads submit, idle strategy %s\n",
              std::string(idle_strategy_name(idle)).c_str());
  print_row("  live server", live, 1e6, "M requests/s");
  print_row("  live server, CPU of all threads", live_cpu, 1, "ns/request");
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string name = "  mutex, " + std::to_string(kUsualLanes[i]) + " thread(s)";
    print_row(name, usual[i], 1e6, "M requests/s");
    print_row(name + ", CPU of all", usual_cpu[i], 1, "ns/request");
    print_row("  live server / mutex", ratios[i], 1, "times");
  }
}

void measure_waiting(const benchmark::Settings& settings) {
  std::vector<double> live;
  std::vector<double> usual[2];
  std::vector<double> ratios[2];
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    live.push_back(live_waiting_throughput(settings.requests));
    for (std::size_t i = 0; i < 2; ++i) {
      usual[i].push_back(usual_waiting_throughput(settings.requests, kUsualLanes[i]));
      ratios[i].push_back(live.back() / usual[i].back());
    }
  }
  std::puts("throughput, 4 threads, each waits for 64 futures at a time, idle strategy sleep");
  print_row("  live server", live, 1e6, "M requests/s");
  for (std::size_t i = 0; i < 2; ++i) {
    print_row("  mutex, " + std::to_string(kUsualLanes[i]) + " thread(s)", usual[i], 1e6,
              "M requests/s");
    print_row("  live server / mutex", ratios[i], 1, "times");
  }
}

void measure_latency(const benchmark::Settings& settings) {
  std::vector<double> rows[6];
  for (std::size_t round = 0; round < settings.rounds; ++round) {
    const std::size_t count = settings.requests / 50;
    const Latencies live = live_latency(count);
    const Latencies control = control_latency(count);
    const double values[6] = {live.p50,
                              live.p99,
                              control.p50,
                              control.p99,
                              live.p50 / control.p50,
                              live.p99 / control.p99};
    for (std::size_t i = 0; i < 6; ++i) {
      rows[i].push_back(values[i]);
    }
  }
  std::puts("submit to launch, one thread submits every 50 us, idle strategy spin");
  print_row("  live server p50", rows[0], 1e3, "us");
  print_row("  live server p99", rows[1], 1e3, "us");
  print_row("  one atomic, two threads p50", rows[2], 1e3, "us");
  print_row("  one atomic, two threads p99", rows[3], 1e3, "us");
  print_row("  live server / one atomic p50", rows[4], 1, "times");
  print_row("  live server / one atomic p99", rows[5], 1, "times");
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  const auto settings = lockstep::benchmark::parse_settings({argv + 1, argv + argc});
  if (!settings) {
    return 2;
  }
  lockstep::measure_throughput(*settings, lockstep::IdleStrategy::kSleep);
  lockstep::measure_throughput(*settings, lockstep::IdleStrategy::kSpin);
  lockstep::measure_waiting(*settings);
  lockstep::measure_latency(*settings);
  return 0;
}
