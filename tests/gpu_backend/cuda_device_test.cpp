// The CUDA device over the fake runtime: results, states, order, times, several devices.
#include "gpu_backend/cuda/cuda_device.h"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/cuda_world.h"

namespace lockstep::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CudaDevice, ComputesEachModelOverCopiesAndGraphs) {
  const std::vector<ModelSpec> models = {
      {.kind = ModelKind::kSquare, .width = 3},
      {.kind = ModelKind::kCopy, .width = 5},
      {.kind = ModelKind::kSpin, .width = 2, .spin = microseconds{50}},
      {.kind = ModelKind::kMlp, .width = 4, .depth = 3},
  };
  for (const ModelSpec& model : models) {
    CudaDeviceOptions options = square_lanes(2);
    options.model = model;
    options.weights = model.kind == ModelKind::kMlp ? mlp_weights(model) : MlpWeights{};
    CudaWorld world(options);
    ASSERT_NE(world.device, nullptr) << world.error.message;
    for (const std::uint32_t rows : {1u, 2u, 7u, 8u}) {
      world.run(rows % 2, rows, 100 + rows);
    }
  }
}

TEST(CudaDevice, ComputesWithoutGraphs) {
  CudaDeviceOptions options = square_lanes(1);
  options.graphs = false;
  CudaWorld world(options);
  world.run(0, 3);
  world.run(0, 8);
  EXPECT_EQ(world.cuda.count("launch"), 0u);
  EXPECT_EQ(world.cuda.count("instantiate"), 0u);
}

TEST(CudaDevice, TellsTheStagesOfABatch) {
  CudaWorld world(square_lanes(1), {.copy = microseconds{10}, .model = microseconds{100}});
  const SimTime launched = world.now();
  ASSERT_EQ(world.launch(0, 4), Status::kOk);
  world.cuda.advance(microseconds{120} - SimDuration{1});
  EXPECT_FALSE(world.device->poll().has_value());
  world.cuda.advance(SimDuration{1});
  const auto done = world.device->poll();
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->times.launched, launched);
  EXPECT_EQ(done->times.to_device_from, launched);
  EXPECT_EQ(done->times.compute_from, launched + microseconds{10});
  EXPECT_EQ(done->times.to_host_from, launched + microseconds{110});
  EXPECT_EQ(done->times.finished, launched + microseconds{120});
  EXPECT_EQ(done->times.device_time(), microseconds{120});
}

TEST(CudaDevice, TellsBeginAndEndAloneWhereTheStagesAreOff) {
  for (const StageTiming timing : {StageTiming::kBeginAndEnd, StageTiming::kAroundGraph}) {
    CudaDeviceOptions options = square_lanes(1);
    options.stage_timing = timing;
    CudaWorld world(options, {.copy = microseconds{10}, .model = microseconds{100}});
    const SimTime launched = world.now();
    const LaunchDone done = world.run(0, 4);
    EXPECT_EQ(done.times.to_device_from, launched);
    EXPECT_EQ(done.times.compute_from, launched);
    EXPECT_EQ(done.times.to_host_from, launched + microseconds{120});
    EXPECT_EQ(done.times.finished, launched + microseconds{120});
  }
}

TEST(CudaDevice, StatesItsTimesErrorAndKeepsIt) {
  // Each call takes the host 2 us, and the device's clock runs 60 ppm fast: for 20 s, batches
  // each 50 ms, which crosses twenty anchors.
  CudaWorld world(square_lanes(1), {.call = microseconds{2}, .drift_parts_per_million = 60});
  for (int i = 0; i < 400; ++i) {
    const SimTime before = world.now();
    ASSERT_EQ(world.launch(0, 4), Status::kOk);
    const LaunchDone done = world.wait(microseconds{3});
    const SimTime after = world.now();
    expect_ordered(done.times, after);
    // Begins when the launch's call is over, which is known here: not after `before` + 3 calls.
    EXPECT_LE(done.times.to_device_from - before, microseconds{6} + world.device->time_error());
    EXPECT_LE(std::chrono::abs(done.times.device_time() - microseconds{120}), SimDuration{20});
    world.device->release(kFirstLane);
    world.cuda.advance(milliseconds{50});
  }
  EXPECT_LE(world.device->time_error(), microseconds{12});
  EXPECT_EQ(world.device->reanchored(), 0u);
}

TEST(CudaDevice, GivesBatchesInTheOrderOfTheirEnd) {
  for (const CompletionWay way : {CompletionWay::kEventPolling, CompletionWay::kHostFunction}) {
    CudaDeviceOptions options = square_lanes(3);
    options.completion = way;
    CudaWorld world(options);
    world.cuda.next_models_take({microseconds{300}, microseconds{100}, microseconds{200}});
    for (std::uint32_t lane = 0; lane < 3; ++lane) {
      ASSERT_EQ(world.launch(lane, 4), Status::kOk);
    }
    EXPECT_EQ(world.device->in_flight(), 3u);
    world.cuda.advance(milliseconds{1});  // all are done when somebody looks
    std::vector<std::uint32_t> order;
    while (const auto done = world.device->poll()) {
      EXPECT_EQ(done->status, Status::kOk);
      order.push_back(raw(done->lane));
      world.device->release(done->lane);
    }
    EXPECT_THAT(order, ElementsAre(1, 2, 0));
    EXPECT_EQ(world.device->in_flight(), 0u);
  }
}

TEST(CudaDevice, AHostFunctionKnowsTheEndBeforeThePollDoes) {
  CudaDeviceOptions options = square_lanes(1);
  options.completion = CompletionWay::kHostFunction;
  CudaWorld world(options);
  const SimTime launched = world.now();
  ASSERT_EQ(world.launch(0, 4), Status::kOk);
  world.cuda.advance(milliseconds{5});  // the poll comes late
  EXPECT_EQ(world.device->poll()->times.finished, launched + microseconds{120});
  EXPECT_LE(world.device->time_error(), microseconds{2});
}

TEST(CudaDevice, RefusesCallsInTheWrongState) {
  CudaWorld world(square_lanes(1));
  Device& device = *world.device;
  const auto take = [&] { static_cast<void>(device.take(kFirstLane, 4)); };
  const auto launch = [&] { static_cast<void>(device.launch(kFirstLane, world.now())); };
  const auto release = [&] { device.release(kFirstLane); };
  const std::string wrong = "lane.state";
  // Free:
  EXPECT_THAT(failed_check_of(launch), HasSubstr(wrong));
  EXPECT_THAT(failed_check_of(release), HasSubstr(wrong));
  // Gathering:
  take();
  EXPECT_THAT(failed_check_of(take), HasSubstr(wrong));
  release();  // allowed: the batch is not executed
  take();
  // In flight:
  launch();
  EXPECT_THAT(failed_check_of(take), HasSubstr(wrong));
  EXPECT_THAT(failed_check_of(launch), HasSubstr(wrong));
  EXPECT_THAT(failed_check_of(release), HasSubstr(wrong));
  // Executed, but nobody knows yet:
  world.cuda.advance(milliseconds{1});
  EXPECT_THAT(failed_check_of(release), HasSubstr(wrong));
  // Done:
  ASSERT_TRUE(device.poll().has_value());
  EXPECT_THAT(failed_check_of(take), HasSubstr(wrong));
  EXPECT_THAT(failed_check_of(launch), HasSubstr(wrong));
  release();
  EXPECT_THAT(failed_check_of(release), HasSubstr(wrong));
}

TEST(CudaDevice, RefusesLanesAndRowsThatThereAreNot) {
  CudaWorld world(square_lanes(2));
  Device& device = *world.device;
  const auto take = [&](std::uint32_t lane, std::uint32_t rows) {
    return failed_check_of([&] { static_cast<void>(device.take(LaneId{lane}, rows)); });
  };
  EXPECT_THAT(take(2, 1), HasSubstr("lanes_.size()"));
  EXPECT_THAT(take(1, 0), HasSubstr("padded_rows > 0"));
  EXPECT_THAT(take(1, 9), HasSubstr("max_rows"));
  EXPECT_EQ(take(1, 8), "no check failed");
  device.release(LaneId{1});
}

TEST(CudaDevice, PoisonsTheInputOfABatchThatIsOver) {
  CudaDeviceOptions options = square_lanes(1);
  options.poison = true;
  CudaWorld world(options);
  ASSERT_EQ(world.launch(0, 4), Status::kOk);
  world.wait();
  EXPECT_THAT(world.buffers.input, Not(Each(std::byte{0xa5})));
  world.device->release(kFirstLane);
  EXPECT_THAT(world.buffers.input, Each(std::byte{0xa5}));
}

TEST(CudaDevice, LaunchesWithoutAllocatingOrWaitingOnceWarm) {
  for (const CompletionWay way : {CompletionWay::kEventPolling, CompletionWay::kHostFunction}) {
    CudaDeviceOptions options = square_lanes(2);
    options.completion = way;
    options.allow_growth = true;
    CudaWorld world(options);
    for (const std::uint32_t rows : {8u, 3u}) {  // the largest, and one that was not announced
      world.run(0, rows);
      world.run(1, rows);
    }
    world.cuda.forget_calls();
    for (const std::uint32_t rows : {3u, 2u, 4u, 8u}) {
      world.run(0, rows);
      world.run(1, rows);
    }
    const std::vector<std::string_view> allowed = {"launch", "record", "query", "elapsed",
                                                   "launch_host_function"};
    // 2 and 4 fit the buffers that have grown since, and had their graphs made again then.
    for (const std::string_view call : world.cuda.calls()) {
      EXPECT_NE(std::find(allowed.begin(), allowed.end(), call), allowed.end()) << call;
    }
    EXPECT_EQ(world.cuda.count("launch"), 8u);
    EXPECT_EQ(world.cuda.count("record"), 8u);
    EXPECT_EQ(world.cuda.count("elapsed"), 8u * 4);
  }
}

TEST(CudaDevice, NamesItsBatchesForTheProfiler) {
  CudaWorld world(square_lanes(2));
  world.run(1, 4);
  world.run(1, 8);
  EXPECT_THAT(world.cuda.range_names(),
              ElementsAre("lane 1 batch 1: 4 rows", "lane 1 batch 2: 8 rows"));
}

TEST(CudaDevice, SpreadsLanesOverDevices) {
  CudaDeviceOptions options = square_lanes(3);
  options.device_ids = {1, 0};
  CudaWorld world(options, {.device_count = 2});
  ASSERT_NE(world.device, nullptr) << world.error.message;
  EXPECT_EQ(world.device->name(), "2 x Fake GPU, fake driver");
  for (std::uint32_t lane = 0; lane < 3; ++lane) {
    ASSERT_EQ(world.launch(lane, 4), Status::kOk);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(world.wait().status, Status::kOk);
  }
}

// A live server makes the device on one thread and uses it on another, where CUDA begins with
// device 0. The world notes a call for which another device is current.
TEST(CudaDevice, ChoosesItsDeviceOnEachThread) {
  CudaDeviceOptions options = square_lanes(2);
  options.device_ids = {1};
  CudaWorld world(options, {.device_count = 2});
  ASSERT_NE(world.device, nullptr) << world.error.message;
  world.run(0, 4);
  for (int server = 0; server < 3; ++server) {  // one after another: they may have the same id
    std::thread([&world] { world.run(1, 4); }).join();
  }
  world.run(0, 8);
}

// Two devices take turns on one thread.
TEST(CudaDevice, ChoosesItsDeviceAfterAnotherOne) {
  CudaDeviceOptions options = square_lanes(1);
  CudaWorld first(options, {.device_count = 2});
  options.device_ids = {1};
  auto second = make_cuda_device(first.cuda, first.cuda.clock(), options);
  ASSERT_TRUE(second) << second.error().message;
  first.run(0, 4);
  ASSERT_EQ(gather(**second, first.model, LaneId{0}, 1, 4).status, Status::kOk);
  ASSERT_EQ((*second)->launch(LaneId{0}, first.now()), Status::kOk);
  while (!(*second)->poll()) {
    first.cuda.advance(SimDuration{1'000});
  }
  (*second)->release(LaneId{0});
  first.run(0, 4);
}

TEST(CudaDevice, SaysWhyItDoesNotStart) {
  CudaDeviceOptions options = square_lanes(1);
  EXPECT_THAT(CudaWorld(options, {.device_count = 0}).error.message,
              HasSubstr("found no CUDA device"));
  options.device_ids = {2};
  const CudaWorld unknown(options, {.device_count = 2});
  EXPECT_EQ(unknown.error.message, "cuda: found device id 2, expected at most 1");
  EXPECT_EQ(unknown.error.code, Errc::kBadInput);
  options.device_ids = {1, 1};
  EXPECT_EQ(CudaWorld(options, {.device_count = 2}).error.message,
            "cuda: found device id 1 twice, expected each once");
}

}  // namespace
}  // namespace lockstep::testing
