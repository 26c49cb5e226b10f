// On the way of a request through the live server nothing is taken from the heap, once it is warm:
// submission, core, lane, device, answer. A program of its own, for it counts operator new.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "gpu_backend/live_server.h"
#include "tests/support/sanitized.h"

namespace {

std::atomic<bool> counts{false};
std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t bytes) {
  if (counts.load(std::memory_order_relaxed)) {
    allocations.fetch_add(1, std::memory_order_relaxed);
  }
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace

// Aligned ones keep their own: nothing here is over-aligned.
void* operator new(std::size_t bytes) {
  return counted(bytes);
}
void* operator new[](std::size_t bytes) {
  return counted(bytes);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*bytes*/) noexcept {
  std::free(memory);
}

namespace lockstep {
namespace {

// Done as soon as it is asked; takes nothing from the heap either.
class FixedDevice final : public Device {
 public:
  [[nodiscard]] std::string name() const override { return "fixed"; }
  [[nodiscard]] std::uint32_t lane_count() const override { return kLanes; }
  [[nodiscard]] SimDuration time_error() const override { return SimDuration{0}; }
  [[nodiscard]] Taken take(LaneId lane, std::uint32_t padded_rows) override {
    const std::span<std::byte> buffer(buffers_.at(raw(lane)));
    return {.buffers = {.input = buffer.first(padded_rows * sizeof(float)),
                        .output = buffer.first(padded_rows * sizeof(float))}};
  }
  [[nodiscard]] Status launch(LaneId lane, SimTime now) override {
    launched_.at(raw(lane)) = now;
    ++in_flight_;
    return Status::kOk;
  }
  [[nodiscard]] std::optional<LaunchDone> poll() override {
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      if (const std::optional<SimTime> at = launched_.at(lane)) {
        launched_.at(lane).reset();
        --in_flight_;
        return LaunchDone{.lane = LaneId{lane},
                          .times = {.launched = *at,
                                    .to_device_from = *at,
                                    .compute_from = *at,
                                    .to_host_from = *at,
                                    .finished = *at}};
      }
    }
    return std::nullopt;
  }
  void release(LaneId /*lane*/) override {}
  [[nodiscard]] std::uint32_t in_flight() const override { return in_flight_; }
  [[nodiscard]] std::string lost_reason(LaneId /*lane*/) const override { return {}; }
  [[nodiscard]] std::uint64_t memory_peak() const override { return 0; }
  [[nodiscard]] std::uint64_t memory_budget() const override { return 0; }

 private:
  static constexpr std::uint32_t kLanes = 2;
  std::array<std::array<std::byte, 4096>, kLanes> buffers_{};
  std::array<std::optional<SimTime>, kLanes> launched_{};
  std::uint32_t in_flight_ = 0;
};

class OneRow final : public LiveRequest {
 public:
  explicit OneRow(std::atomic<std::uint64_t>& answered) : answered_(answered) {
    input = std::as_bytes(std::span(&in_, 1));
    output = std::as_writable_bytes(std::span(&out_, 1));
  }
  void done(const LiveAnswer& answer) override {
    answered_.fetch_add(answer.status == Status::kOk ? 1 : 1'000'000);
  }

 private:
  std::atomic<std::uint64_t>& answered_;
  float in_ = 1.0F;
  float out_ = 0.0F;
};

// Batches of 8: one full one and half of one that leaves by its time-out, `rounds` times.
void serve(LiveServer& server, std::vector<std::unique_ptr<OneRow>>& rows,
           std::atomic<std::uint64_t>& answered, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t before = answered.load();
    for (const std::unique_ptr<OneRow>& row : rows) {
      ASSERT_EQ(server.submit(*row).pushed, SubmissionQueue::Pushed::kYes);
    }
    while (answered.load() < before + rows.size()) {
      std::this_thread::yield();
    }
    ASSERT_EQ(answered.load(), before + rows.size());
  }
}

TEST(HotPath, TakesNothingFromTheHeapOnceItIsWarm) {
  if (support::kSanitized) {
    GTEST_SKIP() << "the sanitizer has an allocator of its own";
  }
  std::atomic<std::uint64_t> answered{0};
  std::vector<std::unique_ptr<OneRow>> rows;
  for (int i = 0; i < 12; ++i) {
    rows.push_back(std::make_unique<OneRow>(answered));
  }
  FixedDevice device;
  const SteadyClock clock;
  LiveServerOptions options;
  options.driver.server.lane_count = 2;
  LiveServer server(clock, device,
                    std::move(*make_tf_shared({.max_batch_size = 8,
                                               .batch_timeout_micros = 100,
                                               .max_enqueued_batches = 100,
                                               .num_batch_threads = 2})),
                    options);
  // How much waits at once depends on how the threads run: warm is when it has seen its most. What
  // took from the heap for each request, or for each hundredth, would never be.
  int waves = 0;
  for (int quiet = 0; quiet < 5 && waves < 200; ++waves) {
    allocations = 0;
    counts = true;
    const std::unique_ptr<int> probe(new int(1));  // the counter counts
    serve(server, rows, answered, 100);
    counts = false;
    ASSERT_GE(allocations.load(), 1u);
    quiet = allocations.load() == 1 ? quiet + 1 : 0;
  }
  EXPECT_LT(waves, 200);
}

}  // namespace
}  // namespace lockstep
