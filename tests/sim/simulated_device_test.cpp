// Devices that are more than one compute stream, in the event loop and with schedulers around.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "core/prng.h"
#include "core/schedulers/tf_shared.h"
#include "sim/device_text.h"
#include "sim/simulation.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct DeviceRun final : EventSink {
  void request_ended(const RequestEnd& end) override {
    answers.push_back("r" + std::to_string(raw(end.request.id)) + " " +
                      std::string(status_name(end.status)) + " " +
                      std::string(reason_name(end.reason)) + " " + std::to_string(ns_of(end.at)));
  }
  void batch_ended(const BatchRecord& batch) override {
    batches.push_back(
        "B" + std::to_string(raw(batch.id)) + " " + std::to_string(ns_of(batch.dispatched)) + ".." +
        std::to_string(ns_of(batch.device_start)) + ".." + std::to_string(ns_of(batch.finished)));
  }
  std::vector<std::string> answers;
  std::vector<std::string> batches;
  SimulationResult result;
  std::uint64_t digest = 0;
};

std::unique_ptr<DeviceRun> run_device(const std::string& gpu, const TfSharedOptions& options,
                                      const std::vector<std::int64_t>& arrivals,
                                      std::uint64_t seed = 1) {
  auto run = std::make_unique<DeviceRun>();
  Server server(std::move(*make_tf_shared(options)),
                {.lane_count = static_cast<std::uint32_t>(options.num_batch_threads)}, run.get());
  VectorArrivals source(VectorArrivals::at(arrivals));
  const Result<SimulationResult> result =
      simulate({.device = *parse_device(gpu), .seed = seed, .queue_names = &source.queue_names()},
               source, server);
  EXPECT_TRUE(result);
  run->result = *result;
  run->digest = server.digest();
  return run;
}

constexpr TfSharedOptions kGreedyPairs{.max_batch_size = 2, .num_batch_threads = 2};

TEST(SimulatedDevice, OutOfMemoryEndsEveryoneInThatBatchAndTheServerGoesOn) {
  // Room for two rows: the batch of two beside one that runs does not fit, alone it does.
  const auto run =
      run_device("10ns+0ns/row,memory=20B,row_bytes=10B",
                 {.max_batch_size = 2, .batch_timeout_micros = 0, .num_batch_threads = 2},
                 {0, 1, 2, 3, 20, 21});
  EXPECT_THAT(run->answers,
              ElementsAre("r0 OK answered 10", "r2 RESOURCE_EXHAUSTED out-of-memory 10",
                          "r3 RESOURCE_EXHAUSTED out-of-memory 10", "r1 OK answered 20",
                          "r4 OK answered 30", "r5 OK answered 40"));
  EXPECT_EQ(run->result.unanswered, 0u);
  EXPECT_EQ(run->result.gpu_memory_peak, 20u);
}

TEST(SimulatedDevice, OverlapShowsInTheTimesOfBatches) {
  const auto run = run_device("10ns+0ns/row,h2d=4ns+0ns/row,d2h=2ns+0ns/row",
                              {.max_batch_size = 1, .num_batch_threads = 2}, {0, 0});
  // The second: copied 4..8, computed 14..24, copied back 24..26; its 16 ns of work end there.
  EXPECT_THAT(run->batches, ElementsAre("B0 0..0..16", "B1 0..10..26"));
  EXPECT_EQ(run->result.gpu_busy_time.count(), 32);
  EXPECT_EQ(run->result.gpu_queue_time.count(), 10);
}

TEST(SimulatedDevice, SharingMovesACompletionThatATimerSawComing) {
  const auto run = run_device("10ns+0ns/row,sharing=equal",
                              {.max_batch_size = 1, .num_batch_threads = 2}, {0, 9});
  EXPECT_THAT(run->batches, ElementsAre("B0 0..0..11", "B1 9..9..20"));
}

// The model takes the same decisions as the short way of a plain device, whatever the traffic.
TEST(SimulatedDevice, WithoutLimitsIsThePlainDevice) {
  Prng prng(3, "plain-or-not");
  for (int round = 0; round < 20; ++round) {
    std::vector<std::int64_t> arrivals;
    std::int64_t now = 0;
    for (int i = 0; i < 300; ++i) {
      now += static_cast<std::int64_t>(prng.below(900));
      arrivals.push_back(now);
    }
    const TfSharedOptions options{
        .max_batch_size = 4, .batch_timeout_micros = 1, .num_batch_threads = 3};
    const auto plain = run_device("900ns+70ns/row", options, arrivals);
    const auto model = run_device("900ns+70ns/row,memory=1TiB", options, arrivals);
    ASSERT_EQ(plain->digest, model->digest);
    ASSERT_EQ(plain->batches, model->batches);
    ASSERT_EQ(plain->result.gpu_queue_time, model->result.gpu_queue_time);
    ASSERT_EQ(plain->result.gpu_busy_time, model->result.gpu_busy_time);
  }
}

TEST(SimulatedDevice, TheSeedDecidesItsChance) {
  const std::string gpu = "1us+0ns/row,jitter=0.9@0/1@50/2@100";
  std::vector<std::int64_t> arrivals;
  for (int i = 0; i < 50; ++i) {
    arrivals.push_back(i * 700);
  }
  EXPECT_EQ(run_device(gpu, kGreedyPairs, arrivals)->digest,
            run_device(gpu, kGreedyPairs, arrivals)->digest);
  EXPECT_NE(run_device(gpu, kGreedyPairs, arrivals)->digest,
            run_device(gpu, kGreedyPairs, arrivals, /*seed=*/2)->digest);
}

TEST(SimulatedDevice, RefusesARunBeyondTheLongestTime) {
  std::vector<Arrival> arrivals(3, Arrival{.time = at_ns(kMaxTimeNs), .size = 1u << 20});
  VectorArrivals source(std::move(arrivals));
  Server server(std::move(*make_tf_shared({.max_batch_size = 1 << 20, .num_batch_threads = 3})),
                {.lane_count = 3}, nullptr);
  const Result<SimulationResult> result =
      simulate({.device = *parse_device("1h+1000s/row,sharing=equal")}, source, server);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("would end beyond 73 years"));
}

}  // namespace
}  // namespace lockstep
