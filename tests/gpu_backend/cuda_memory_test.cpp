// The memory budget of the CUDA device, growing buffers, and the graphs that follow them.
#include "gpu_backend/cuda/cuda_memory.h"

#include <cstdint>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/cuda_world.h"

namespace lockstep::testing {
namespace {

using ::testing::HasSubstr;

// One value of 4 bytes per row, and batches of 64 rows and more: 256 bytes for each 64 rows, in
// and out.
CudaDeviceOptions growing_lane() {
  return {.lane_count = 1,
          .model = {.kind = ModelKind::kSquare, .width = 1},
          .weights = {},
          .sizes = {64, 128},
          .max_rows = 256,
          .allow_growth = true};
}

// Half of the device's memory is the budget.
CudaWorld* with_budget(CudaDeviceOptions options, std::uint64_t bytes) {
  options.memory_fraction = 0.5;
  return new CudaWorld(options, {.total_memory = 2 * bytes});
}

TEST(CudaMemory, TheBudgetIsAPartOfTheDeviceRoundedDown) {
  EXPECT_EQ(memory_budget_of(1000, 1.0), 1000u);
  EXPECT_EQ(memory_budget_of(1000, 0.5), 500u);
  EXPECT_EQ(memory_budget_of(1001, 0.5), 500u);
  EXPECT_EQ(memory_budget_of(std::uint64_t{141} << 30, 1.0), std::uint64_t{141} << 30);
}

TEST(CudaMemory, StartsWithExactlyTheBudgetAndNotWithAByteLess) {
  CudaDeviceOptions options = growing_lane();
  options.allow_growth = false;
  options.lane_count = 2;
  // 256 rows are 1024 bytes, in and out, for two lanes.
  const std::unique_ptr<CudaWorld> fits(with_budget(options, 4096));
  ASSERT_NE(fits->device, nullptr) << fits->error.message;
  EXPECT_EQ(fits->device->memory_budget(), 4096u);
  EXPECT_EQ(fits->device->memory_peak(), 4096u);
  EXPECT_EQ(fits->cuda.allocated_bytes(), 4096u);
  fits->run(0, 256);
  fits->run(1, 256);

  const std::unique_ptr<CudaWorld> too_small(with_budget(options, 4095));
  EXPECT_EQ(too_small->device, nullptr);
  EXPECT_EQ(too_small->error.message,
            "cuda: device 0: found a memory budget of 4095 bytes, expected at least 4096 for 2 "
            "lanes of 256 rows");
  EXPECT_EQ(too_small->error.code, Errc::kNoVerdict);
}

TEST(CudaMemory, CountsTheWeightsOfAModel) {
  CudaDeviceOptions options = growing_lane();
  options.allow_growth = false;
  options.model = {.kind = ModelKind::kMlp, .width = 16, .depth = 2};
  options.weights = mlp_weights(options.model);
  options.sizes = {4};
  options.max_rows = 4;
  // Two layers of 16 x 16 values, then 4 rows of 16 values: in, out, and the fake's workspace.
  const std::unique_ptr<CudaWorld> fits(with_budget(options, 2048 + 3 * 256));
  ASSERT_NE(fits->device, nullptr) << fits->error.message;
  fits->run(0, 4);
  const std::unique_ptr<CudaWorld> too_small(with_budget(options, 2048 + 3 * 256 - 1));
  EXPECT_EQ(too_small->device, nullptr);
}

TEST(CudaMemory, GrowsWithTheBatches) {
  CudaWorld world(growing_lane());
  EXPECT_EQ(world.cuda.allocated_bytes(), 512u);
  world.run(0, 64);
  EXPECT_EQ(world.cuda.allocated_bytes(), 512u);
  world.run(0, 128);
  EXPECT_EQ(world.cuda.allocated_bytes(), 1024u);
  world.run(0, 64);  // does not shrink
  EXPECT_EQ(world.cuda.allocated_bytes(), 1024u);
  EXPECT_EQ(world.device->memory_peak(), 1024u);
}

TEST(CudaMemory, ABatchBeyondTheBudgetFailsAloneAndItsLaneGoesOn) {
  // 128 rows take exactly the budget; of 129, one row begins another 256 bytes, each way.
  const std::unique_ptr<CudaWorld> world(with_budget(growing_lane(), 1024));
  ASSERT_NE(world->device, nullptr) << world->error.message;
  world->run(0, 128);
  EXPECT_EQ(world->device->take(kFirstLane, 129).status, Status::kResourceExhausted);
  EXPECT_EQ(world->device->lost_reason(kFirstLane), "");
  world->run(0, 128);  // its buffers are still there
  world->run(0, 64);
  EXPECT_EQ(world->device->memory_peak(), 1024u);
}

TEST(CudaMemory, LanesOfADeviceShareItsBudget) {
  CudaDeviceOptions options = growing_lane();
  options.lane_count = 2;
  const std::unique_ptr<CudaWorld> world(with_budget(options, 1024 + 512));
  world->run(0, 128);
  EXPECT_EQ(world->device->take(LaneId{1}, 128).status, Status::kResourceExhausted);
  world->run(1, 64);
}

TEST(CudaMemory, ADeviceThatIsFullFailsTheBatchAlone) {
  CudaWorld world(growing_lane());
  world.run(0, 64);
  // The neighbour took it. The buffers of 64 rows that were given back come again.
  world.cuda.fail("allocate_from_pool", 1, CudaOutcome::kNoMemory);
  EXPECT_EQ(world.device->take(kFirstLane, 128).status, Status::kResourceExhausted);
  world.run(0, 64);
  world.run(0, 128);
}

TEST(CudaMemory, ALaneWithoutAnyBuffersTriesAgain) {
  CudaWorld world(growing_lane());
  world.cuda.fail("allocate_from_pool", 1, CudaOutcome::kNoMemory);
  world.cuda.fail("allocate_from_pool", 2, CudaOutcome::kNoMemory);
  EXPECT_EQ(world.device->take(kFirstLane, 128).status, Status::kResourceExhausted);
  EXPECT_EQ(world.cuda.allocated_bytes(), 0u);
  world.run(0, 64);
}

TEST(CudaGraphs, OneForEachLaneAndAnnouncedSizeFromTheStart) {
  CudaWorld world(square_lanes(2));  // sizes 2, 4, 8
  EXPECT_EQ(world.cuda.count("instantiate"), 6u);
  world.run(0, 2);
  world.run(1, 4);
  world.run(0, 8);
  EXPECT_EQ(world.cuda.count("instantiate"), 6u);
  EXPECT_EQ(world.device->late_graphs(), 0u);
}

TEST(CudaGraphs, ASizeThatWasNotAnnouncedGetsOneAtItsFirstBatch) {
  CudaWorld world(square_lanes(2));
  world.run(0, 3);
  world.run(0, 3);
  EXPECT_EQ(world.device->late_graphs(), 1u);
  world.run(1, 3);  // each lane has its own
  world.run(0, 5);
  EXPECT_EQ(world.device->late_graphs(), 3u);
  EXPECT_EQ(world.cuda.count("instantiate"), 6u + 3u);
}

TEST(CudaGraphs, BuffersThatMoveMakeThemAgain) {
  CudaWorld world(growing_lane());
  EXPECT_EQ(world.cuda.count("instantiate"), 1u);  // of 64: there is no memory for 128 yet
  world.run(0, 64);
  world.run(0, 128);
  EXPECT_EQ(world.cuda.count("destroy_exec"), 1u);
  EXPECT_EQ(world.cuda.count("instantiate"), 3u);  // of 64 again, of 128
  world.run(0, 64);  // and it has the new pointers: its rows are right
  EXPECT_EQ(world.device->late_graphs(), 0u);
}

TEST(CudaGraphs, AModelThatLoadsLazilyIsExecutedBeforeItIsCaptured) {
  CudaDeviceOptions options = square_lanes(1);
  options.model = {.kind = ModelKind::kMlp, .width = 4, .depth = 2};
  options.weights = mlp_weights(options.model);
  CudaWorld world(options);
  // Per size: once on the stream, once into the capture.
  EXPECT_EQ(world.cuda.count("enqueue_model"), 6u);
}

}  // namespace
}  // namespace lockstep::testing
