// What the CUDA device does when CUDA fails: each call once, in each way, and a device that is
// lost.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/cuda_world.h"

namespace lockstep::testing {
namespace {

using std::chrono::microseconds;
using ::testing::HasSubstr;

struct Story {
  bool opened = false;
  std::uint64_t launched = 0;  // launch() said kOk
  std::uint64_t reported = 0;  // poll() gave it
  std::uint64_t succeeded = 0;
  std::map<Status, std::uint64_t> failures;
};

// Four lanes on two devices, buffers that grow, a size that was not announced.
CudaDeviceOptions story_options(CompletionWay way) {
  CudaDeviceOptions options;
  options.device_ids = {0, 1};
  options.lane_count = 4;
  options.model = {.kind = ModelKind::kMlp, .width = 4, .depth = 2};
  options.weights = mlp_weights(options.model);
  options.sizes = {2, 4};
  options.max_rows = 8;
  options.allow_growth = true;
  options.completion = way;
  return options;
}

void collect(CudaWorld& world, const std::map<LaneId, LaneBuffers>& buffers, std::uint32_t rows,
             Story& story) {
  for (int poll = 0; world.device->in_flight() > 0 && poll < 3'000; ++poll) {
    const auto done = world.device->poll();
    if (!done) {
      world.cuda.advance(microseconds{50});
      continue;
    }
    ++story.reported;
    if (done->status == Status::kOk) {
      ++story.succeeded;
      expect_output(world.reference, world.model, buffers.at(done->lane).output, raw(done->lane),
                    rows);
      expect_ordered(done->times, world.now());
    } else {
      ++story.failures[done->status];
      EXPECT_EQ(done->times.finished, SimTime{});
    }
    world.device->release(done->lane);
  }
  EXPECT_EQ(world.device->in_flight(), 0u) << "a batch was never reported";
  EXPECT_EQ(world.cuda.open_ranges(), 0u);
}

void play(CudaWorld& world, Story& story) {
  if (world.device == nullptr) {
    EXPECT_FALSE(world.error.message.empty());
    return;
  }
  story.opened = true;
  for (const std::uint32_t rows : {2u, 3u, 8u, 4u, 2u}) {
    std::map<LaneId, LaneBuffers> buffers;
    for (std::uint32_t i = 0; i < 4; ++i) {
      const LaneId lane{i};
      const Device::Taken taken = gather(*world.device, world.model, lane, i, rows);
      if (taken.status != Status::kOk) {
        ++story.failures[taken.status];
        continue;
      }
      buffers[lane] = taken.buffers;
      if (const Status status = world.device->launch(lane, world.now()); status == Status::kOk) {
        ++story.launched;
      } else {
        ++story.failures[status];
        world.device->release(lane);
      }
    }
    collect(world, buffers, rows, story);
  }
}

class EachCallFails : public ::testing::TestWithParam<CompletionWay> {};

TEST_P(EachCallFails, AndNothingLeaksAndEachBatchIsReported) {
  std::uint64_t call_count = 0;
  {
    CudaWorld world(story_options(GetParam()), {.device_count = 2});
    Story story;
    play(world, story);
    EXPECT_EQ(story.succeeded, 20u);
    call_count = world.cuda.calls().size();
  }
  ASSERT_GT(call_count, 300u);
  std::map<CudaOutcome, std::uint64_t> runs_with_failed_batches;
  for (const CudaOutcome outcome :
       {CudaOutcome::kNoMemory, CudaOutcome::kRefused, CudaOutcome::kSticky}) {
    for (std::uint64_t nth = 1; nth <= call_count; ++nth) {
      SCOPED_TRACE(::testing::Message()
                   << "call " << nth << ", outcome " << static_cast<int>(outcome));
      FakeCuda* cuda = nullptr;
      CudaWorld world(story_options(GetParam()), {.device_count = 2}, [&](FakeCuda& fake) {
        cuda = &fake;
        fake.fail_any(nth, outcome);
      });
      Story story;
      play(world, story);
      EXPECT_EQ(story.reported, story.launched);
      std::uint64_t failed = 0;
      for (const auto& [status, count] : story.failures) {
        failed += count;
        EXPECT_TRUE(outcome == CudaOutcome::kSticky || status != Status::kUnavailable ||
                    cuda->calls()[nth - 1] == "synchronize_stream");
      }
      // One failure costs one batch; a lost device those of its two lanes, from then on. (A stream
      // that refuses to be waited for at a batch is a lost device, too.)
      const bool loses =
          outcome == CudaOutcome::kSticky || story.failures.contains(Status::kUnavailable);
      EXPECT_LE(failed, loses ? 10u : 1u);
      EXPECT_EQ(story.opened ? story.succeeded + failed : 20u, 20u);
      runs_with_failed_batches[outcome] += failed > 0 ? 1u : 0u;
      if (::testing::Test::HasFailure()) {
        FAIL() << "the call was " << cuda->calls()[nth - 1];
      }
    }
  }
  // The failures did arrive.
  EXPECT_GT(runs_with_failed_batches[CudaOutcome::kNoMemory], 100u);
  EXPECT_GT(runs_with_failed_batches[CudaOutcome::kRefused], 100u);
  EXPECT_GT(runs_with_failed_batches[CudaOutcome::kSticky], 100u);
}

INSTANTIATE_TEST_SUITE_P(Ways, EachCallFails,
                         ::testing::Values(CompletionWay::kEventPolling,
                                           CompletionWay::kHostFunction));

TEST(CudaFailures, ALaunchWithoutResourcesFailsItsBatchAlone) {
  CudaWorld world(square_lanes(2));
  world.cuda.fail("launch", 1, CudaOutcome::kRefused);
  EXPECT_EQ(world.launch(0, 4), Status::kInternal);
  EXPECT_EQ(world.device->in_flight(), 0u);
  EXPECT_FALSE(world.device->poll().has_value());  // it was told already
  world.device->release(kFirstLane);
  world.cuda.fail("launch", 1, CudaOutcome::kNoMemory);
  EXPECT_EQ(world.launch(0, 4), Status::kResourceExhausted);
  world.device->release(kFirstLane);
  world.run(0, 4);
  world.run(1, 4);
}

TEST(CudaFailures, ABatchThatStartedHalfIsWaitedForBeforeItsBuffersAreUsedAgain) {
  CudaWorld world(square_lanes(1));
  // The graph is on its way, the event behind it is refused.
  world.cuda.fail("record", 1, CudaOutcome::kRefused);
  const SimTime before = world.now();
  EXPECT_EQ(world.launch(0, 4), Status::kInternal);
  EXPECT_EQ(world.now() - before, microseconds{120});  // as long as the batch takes
  world.device->release(kFirstLane);
  world.run(0, 4);
}

TEST(CudaFailures, AnIllegalAddressLosesTheLanesOfItsDeviceAndNoOther) {
  for (const CompletionWay way : {CompletionWay::kEventPolling, CompletionWay::kHostFunction}) {
    CudaDeviceOptions options = square_lanes(4);  // 0 and 2 on one device, 1 and 3 on the other
    options.device_ids = {0, 1};
    options.completion = way;
    CudaWorld world(options, {.device_count = 2});
    world.cuda.break_model(1);  // that of lane 0
    for (std::uint32_t lane = 0; lane < 3; ++lane) {
      ASSERT_EQ(world.launch(lane, 4), Status::kOk);
    }
    std::map<std::uint32_t, Status> ends;
    while (world.device->in_flight() > 0) {
      const LaunchDone done = world.wait();
      ends[raw(done.lane)] = done.status;
      world.device->release(done.lane);
    }
    EXPECT_EQ(ends, (std::map<std::uint32_t, Status>{
                        {0, Status::kUnavailable}, {1, Status::kOk}, {2, Status::kUnavailable}}));
    EXPECT_THAT(world.device->lost_reason(LaneId{0}), HasSubstr("cudaErrorIllegalAddress in "));
    EXPECT_EQ(world.device->lost_reason(LaneId{2}), world.device->lost_reason(LaneId{0}));
    EXPECT_EQ(world.device->lost_reason(LaneId{1}), "");
    EXPECT_EQ(world.device->take(LaneId{2}, 4).status, Status::kUnavailable);
    world.run(1, 4);
    world.run(3, 4);
  }
}

TEST(CudaFailures, ABatchThatIsGatheredWhenItsDeviceIsLostFailsAtItsLaunch) {
  CudaWorld world(square_lanes(2));
  ASSERT_EQ(gather(*world.device, world.model, LaneId{1}, 1, 4).status, Status::kOk);
  world.cuda.break_model(1);
  ASSERT_EQ(world.launch(0, 4), Status::kOk);
  EXPECT_EQ(world.wait().status, Status::kUnavailable);
  world.device->release(LaneId{0});
  EXPECT_EQ(world.device->launch(LaneId{1}, world.now()), Status::kUnavailable);
  EXPECT_FALSE(world.device->poll().has_value());
  world.device->release(LaneId{1});  // still allowed: there is nothing else to do with it
}

TEST(CudaFailures, ABatchThatEndedBeforeTheDeviceWasLostKeepsItsResult) {
  CudaDeviceOptions options = square_lanes(2);
  options.completion = CompletionWay::kHostFunction;
  CudaWorld world(options);
  world.cuda.next_models_take({microseconds{100}, microseconds{500}});
  ASSERT_EQ(world.launch(0, 4), Status::kOk);
  ASSERT_EQ(world.launch(1, 4), Status::kOk);
  world.cuda.advance(microseconds{200});  // lane 0 is done and in the ring
  const LaunchDone first = world.wait();
  EXPECT_EQ(first.status, Status::kOk);
  world.device->release(first.lane);
  world.cuda.break_model(1);
  const LaunchDone second = world.wait();
  EXPECT_EQ(raw(second.lane), 1u);
  EXPECT_EQ(second.status, Status::kUnavailable);
  world.device->release(second.lane);
}

TEST(CudaFailures, ACompletionOfABatchThatWasGivenUpIsNotTheNextOnes) {
  CudaDeviceOptions options = square_lanes(1);
  options.completion = CompletionWay::kHostFunction;
  CudaWorld world(options);
  world.cuda.fail("query", 1, CudaOutcome::kRefused);
  world.cuda.next_models_take({std::chrono::milliseconds{20}});
  ASSERT_EQ(world.launch(0, 4, 1), Status::kOk);
  EXPECT_EQ(world.wait().status, Status::kInternal);  // after having waited for it
  world.device->release(kFirstLane);
  ASSERT_EQ(world.launch(0, 4, 2), Status::kOk);
  EXPECT_FALSE(world.device->poll().has_value());  // the first one's entry is in the ring
  EXPECT_EQ(world.wait().status, Status::kOk);
  expect_output(world.reference, world.model, world.buffers.output, 2, 4);
  world.device->release(kFirstLane);
}

TEST(CudaFailures, ABatchThatCannotEvenBeWaitedForLosesItsDevice) {
  CudaWorld world(square_lanes(1));
  ASSERT_EQ(world.launch(0, 4), Status::kOk);
  world.cuda.fail("query", 1, CudaOutcome::kRefused);
  world.cuda.fail("synchronize_stream", 1, CudaOutcome::kRefused);
  EXPECT_EQ(world.wait().status, Status::kUnavailable);
  EXPECT_EQ(world.device->lost_reason(kFirstLane),
            "cudaErrorLaunchOutOfResources in synchronize_stream on device 0");
  world.device->release(kFirstLane);
}

TEST(CudaFailures, ADeviceThatEndsWithABatchInFlightWaitsForIt) {
  CudaWorld world(square_lanes(1));
  ASSERT_EQ(world.launch(0, 4), Status::kOk);
  const SimTime before = world.now();
  world.device.reset();
  EXPECT_EQ(world.now() - before, microseconds{120});
}

}  // namespace
}  // namespace lockstep::testing
