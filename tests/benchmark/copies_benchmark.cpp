// From which size on batches are better copied by further threads: batches after one another by a
// device that takes no time, by the number of threads and the size of a batch. And what the thread
// of the core misses meanwhile: how late it notices that a batch of 1 ms is done.
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/schedulers/tf_shared.h"
#include "gpu_backend/live_server.h"
#include "tests/benchmark/instant_device.h"
#include "tests/benchmark/measuring.h"

namespace lockstep {
namespace {

using benchmark::InstantDevice;
using benchmark::spread_of;

constexpr std::uint32_t kLanes = 4;
constexpr std::size_t kBatchRows = 8;

class LargeRow final : public LiveRequest {
 public:
  LargeRow(std::atomic<std::uint64_t>& answered, std::vector<std::byte>& in,
           std::vector<std::byte>& out)
      : answered_(answered) {
    input = in;
    output = out;
  }
  // The server's first thread alone counts.
  void done(const LiveAnswer& /*answer*/) override {
    answered_.store(answered_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  std::atomic<std::uint64_t>& answered_;
};

struct Setting {
  IdleStrategy idle = IdleStrategy::kSleep;
  std::size_t row_bytes = 0;
  std::uint32_t threads = 1;
  SimDuration device{0};  // a batch
  std::size_t batches = 0;
};

struct Figures {
  double batch_us = 0;   // from the first submission to the last answer, by batch
  double notice_us = 0;  // from a batch's end on the device until its lane knows, on average
};

Figures measure(const Setting& setting) {
  const SteadyClock clock;
  InstantDevice device(clock, kLanes, setting.device, setting.row_bytes, kBatchRows);
  LiveServerOptions options;
  options.driver.server.lane_count = kLanes;
  options.driver.row_bytes = setting.row_bytes;
  options.driver.copies_from = 0;
  options.runtime.idle = setting.idle;
  options.runtime.threads = setting.threads;
  LiveServer server(clock, device,
                    std::move(*make_tf_shared({.max_batch_size = kBatchRows,
                                               .batch_timeout_micros = 1'000'000,
                                               .max_enqueued_batches = 1'000'000,
                                               .num_batch_threads = kLanes})),
                    options);
  // More rows than caches hold, used again and again.
  const std::size_t different = 64;
  std::vector<std::vector<std::byte>> in(different, std::vector<std::byte>(setting.row_bytes));
  std::vector<std::vector<std::byte>> out(different, std::vector<std::byte>(setting.row_bytes));
  std::atomic<std::uint64_t> answered{0};
  std::deque<LargeRow> rows;
  for (std::size_t i = 0; i < setting.batches * kBatchRows; ++i) {
    rows.emplace_back(answered, in[i % different], out[i % different]);
  }
  const SimTime started = clock.now();
  for (LargeRow& row : rows) {
    while (server.submit(row).pushed != SubmissionQueue::Pushed::kYes) {
      std::this_thread::yield();
    }
  }
  while (answered.load(std::memory_order_acquire) < rows.size()) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  const SimTime ended = clock.now();
  server.drain();
  const auto count = static_cast<double>(setting.batches);
  return {.batch_us = static_cast<double>((ended - started).count()) * 1e-3 / count,
          .notice_us = static_cast<double>(server.totals().notice_sum.count()) * 1e-3 / count};
}

void print_row(const Setting& of, std::size_t rounds) {
  std::vector<double> batch[3];
  std::vector<double> notice[3];
  std::vector<double> ratios[3];
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::uint32_t threads = 1; threads <= 3; ++threads) {
      Setting setting = of;
      setting.threads = threads;
      const Figures figures = measure(setting);
      batch[threads - 1].push_back(figures.batch_us);
      notice[threads - 1].push_back(figures.notice_us);
      ratios[threads - 1].push_back(figures.batch_us / batch[0].back());
    }
  }
  std::printf("%-6s %6zu KiB", std::string(idle_strategy_name(of.idle)).c_str(),
              of.row_bytes * kBatchRows / 1024);
  for (std::size_t i = 0; i < 3; ++i) {
    std::printf("  | %9.1f us %5.2f  %8.1f us", spread_of(batch[i]).median,
                spread_of(ratios[i]).median, spread_of(notice[i]).median);
  }
  std::puts("");
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  using lockstep::IdleStrategy;
  const auto settings = lockstep::benchmark::parse_settings({argv + 1, argv + argc});
  if (!settings) {
    return 2;
  }
  std::puts("by threads: time of a batch, its ratio to one thread, how late its end is noticed");
  std::puts(
      "idle      a batch  |             one thread           |            two threads"
      "           |           three threads");
  for (const lockstep::SimDuration device :
       {lockstep::SimDuration{0}, lockstep::SimDuration{1'000'000}}) {
    std::printf("a device that takes %s\n", device.count() == 0 ? "no time" : "1 ms a batch");
    for (const IdleStrategy idle : {IdleStrategy::kSleep, IdleStrategy::kSpin}) {
      for (const std::size_t kib : {16UL, 64UL, 256UL, 1024UL, 8192UL}) {
        const std::size_t batches = settings->requests / 64 / (kib + 64);
        lockstep::print_row({.idle = idle,
                             .row_bytes = kib * 1024 / lockstep::kBatchRows,
                             .device = device,
                             .batches = std::max<std::size_t>(batches, 20)},
                            settings->rounds);
      }
    }
  }
  return 0;
}
