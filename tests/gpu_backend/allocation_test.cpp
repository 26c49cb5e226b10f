// On the way of a request through the live server nothing is taken from the heap, once it is warm:
// submission, core, lane, device, answer. A program of its own, for it counts operator new. On a
// real GPU: gpu_hot_path_test.cpp.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "gpu_backend/live_server.h"
#include "tests/support/heap_count.h"
#include "tests/support/sanitized.h"
#include "tests/support/served_rows.h"

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

TEST(HotPath, TakesNothingFromTheHeapOnceItIsWarm) {
  if (support::kSanitized) {
    GTEST_SKIP() << "the sanitizer has an allocator of its own";
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
  testing::start_heap_count();
  static_cast<void>(std::make_unique<int>(1));
  ASSERT_EQ(testing::stop_heap_count(), 1u) << "nothing is counted";
  testing::ServedRows rows(server, sizeof(float));
  rows.expect_quiet_once_warm(&testing::start_heap_count, &testing::stop_heap_count);
}

}  // namespace
}  // namespace lockstep
