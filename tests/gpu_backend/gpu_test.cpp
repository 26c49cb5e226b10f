// The CUDA device on a real GPU. Skipped where there is none; on a machine with one, this is what
// says that the fake runtime of the other tests behaves as CUDA does.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/real_cuda.h"

namespace lockstep::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;

using Gpu = OnGpu;

CudaDeviceOptions gpu_lanes(std::uint32_t lane_count, const ModelSpec& model) {
  return {
      .lane_count = lane_count, .model = model, .weights = {}, .sizes = {1, 8, 64}, .max_rows = 64};
}

TEST_F(Gpu, ComputesSquareAndCopyBitByBit) {
  for (const ModelKind kind : {ModelKind::kSquare, ModelKind::kCopy}) {
    for (const std::uint32_t width : {1u, 33u, 4096u}) {
      GpuWorld world(*cuda, gpu_lanes(2, {.kind = kind, .width = width}));
      ASSERT_NE(world.device, nullptr) << world.error.message;
      for (std::uint64_t request = 0; request < 20; ++request) {
        for (const std::uint32_t rows : {1u, 8u, 37u, 64u}) {
          world.run(rows % 2, rows, request);
        }
      }
    }
  }
}

TEST_F(Gpu, ComputesAsWellWithoutGraphs) {
  CudaDeviceOptions options = gpu_lanes(1, {.kind = ModelKind::kSquare, .width = 16});
  options.graphs = false;
  for (const StageTiming timing :
       {StageTiming::kStages, StageTiming::kBeginAndEnd, StageTiming::kAroundGraph}) {
    options.stage_timing = timing;
    GpuWorld world(*cuda, options);
    ASSERT_NE(world.device, nullptr) << world.error.message;
    for (std::uint64_t request = 0; request < 20; ++request) {
      world.run(0, 64, request);
    }
  }
}

TEST_F(Gpu, ComputesAnMlpWithinItsTolerance) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    for (const std::uint32_t width : {8u, 64u, 256u}) {
      for (const std::uint32_t depth : {1u, 2u, 3u}) {
        const ModelSpec model{
            .kind = ModelKind::kMlp, .width = width, .depth = depth, .precision = precision};
        GpuWorld world(*cuda, gpu_lanes(2, model));
        ASSERT_NE(world.device, nullptr) << model_text(model) << ": " << world.error.message;
        for (const std::uint32_t rows : {1u, 8u, 37u, 64u}) {
          world.run(rows % 2, rows, 1);
          world.run(rows % 2, rows, 2);
        }
      }
    }
  }
}

// cuBLASLt may lack an algorithm for rows that are not aligned: then it says so at the start.
TEST_F(Gpu, ComputesAnMlpOfAnOddWidthOrSaysThatItCannot) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    GpuWorld world(
        *cuda,
        gpu_lanes(1, {.kind = ModelKind::kMlp, .width = 7, .depth = 2, .precision = precision}));
    if (world.device == nullptr) {
      EXPECT_THAT(world.error.message, HasSubstr("cublasLt"));
      std::cout << "mlp of width 7: " << world.error.message << "\n";
      continue;
    }
    world.run(0, 37);
  }
}

TEST_F(Gpu, SpinsForTheTimeThatItIsGiven) {
  for (const SimDuration span : {SimDuration{microseconds{200}}, SimDuration{milliseconds{2}}}) {
    GpuWorld world(*cuda, gpu_lanes(1, {.kind = ModelKind::kSpin, .width = 4, .spin = span}));
    ASSERT_NE(world.device, nullptr) << world.error.message;
    for (std::uint64_t request = 0; request < 20; ++request) {
      const LaunchDone done = world.run(0, 8, request);
      const SimDuration computing = done.times.to_host_from - done.times.compute_from;
      EXPECT_GE(computing, span - microseconds{1});  // the resolution of two events
      EXPECT_LE(computing, span * 12 / 10);
    }
  }
  // The same for each row.
  GpuWorld world(*cuda, gpu_lanes(1, {.kind = ModelKind::kSpin,
                                      .width = 4,
                                      .spin = microseconds{50},
                                      .spin_per_row = true}));
  ASSERT_NE(world.device, nullptr) << world.error.message;
  const LaunchDone done = world.run(0, 8);
  EXPECT_GE(done.times.to_host_from - done.times.compute_from, microseconds{399});
  EXPECT_LE(done.times.to_host_from - done.times.compute_from, microseconds{480});
}

TEST_F(Gpu, TellsStagesInTheirOrderWithinTheBatch) {
  for (const CompletionWay way : {CompletionWay::kEventPolling, CompletionWay::kHostFunction}) {
    for (const StageTiming timing :
         {StageTiming::kStages, StageTiming::kBeginAndEnd, StageTiming::kAroundGraph}) {
      CudaDeviceOptions options =
          gpu_lanes(2, {.kind = ModelKind::kSpin, .width = 1024, .spin = microseconds{100}});
      options.completion = way;
      options.stage_timing = timing;
      GpuWorld world(*cuda, options);
      ASSERT_NE(world.device, nullptr) << world.error.message;
      for (std::uint64_t request = 0; request < 100; ++request) {
        const LaunchDone done = world.run(request % 2, 64, request);  // checks the order
        EXPECT_GE(done.times.device_time(), microseconds{99});
        EXPECT_LE(done.times.device_time(), milliseconds{2});
      }
      EXPECT_LE(world.device->time_error(), milliseconds{1});
    }
  }
}

TEST_F(Gpu, CopiesOfOneLaneRunBesideTheKernelsOfAnother) {
  GpuWorld world(
      *cuda, gpu_lanes(2, {.kind = ModelKind::kSpin, .width = 1u << 16, .spin = milliseconds{20}}));
  ASSERT_NE(world.device, nullptr) << world.error.message;
  world.run(0, 64);
  world.run(1, 64);
  std::vector<StageTimes> times(2);
  // Both are gathered first: that takes longer than the batches.
  ASSERT_EQ(gather(*world.device, world.model, LaneId{0}, 1, 64).status, Status::kOk);
  ASSERT_EQ(gather(*world.device, world.model, LaneId{1}, 2, 64).status, Status::kOk);
  ASSERT_EQ(world.device->launch(LaneId{0}, world.now()), Status::kOk);
  ASSERT_EQ(world.device->launch(LaneId{1}, world.now()), Status::kOk);
  for (int i = 0; i < 2; ++i) {
    const LaunchDone done = world.wait();
    ASSERT_EQ(done.status, Status::kOk);
    times.at(raw(done.lane)) = done.times;
    world.device->release(done.lane);
  }
  // 16 MiB each way, and two kernels that keep one of many SMs busy.
  EXPECT_LT(times[1].compute_from, times[0].to_host_from);
  EXPECT_LT(std::max(times[0].finished, times[1].finished) - times[0].to_device_from,
            milliseconds{35});
}

TEST_F(Gpu, GrowsAndMakesGraphsOnTheWay) {
  CudaDeviceOptions options = gpu_lanes(2, {.kind = ModelKind::kSquare, .width = 4096});
  options.allow_growth = true;
  GpuWorld world(*cuda, options);
  ASSERT_NE(world.device, nullptr) << world.error.message;
  for (const std::uint32_t rows : {1u, 5u, 8u, 40u, 64u, 1u, 5u, 64u}) {
    world.run(0, rows, rows);
    world.run(1, rows, rows + 1);
  }
  EXPECT_EQ(world.device->late_graphs(), 4u);  // 5 and 40 on two lanes
}

TEST_F(Gpu, ABatchBeyondTheBudgetFailsAlone) {
  std::uint64_t free_bytes = 0;
  std::uint64_t total = 0;
  ASSERT_TRUE(cuda->memory_info(free_bytes, total).ok());
  CudaDeviceOptions options = gpu_lanes(1, {.kind = ModelKind::kCopy, .width = 1u << 16});
  options.sizes = {1};
  options.allow_growth = true;
  // 64 rows are 16 MiB, each way.
  options.memory_fraction = static_cast<double>(20 * kMiB) / static_cast<double>(total);
  GpuWorld world(*cuda, options);
  ASSERT_NE(world.device, nullptr) << world.error.message;
  world.run(0, 32);
  EXPECT_EQ(world.device->take(kFirstLane, 64).status, Status::kResourceExhausted);
  world.run(0, 32);
  EXPECT_LE(world.device->memory_peak(), 20 * kMiB);
}

TEST_F(Gpu, ADeviceThatIsFullFailsTheBatchAlone) {
  CudaDeviceOptions options = gpu_lanes(1, {.kind = ModelKind::kCopy, .width = 1u << 16});
  options.sizes = {1};
  options.max_rows = 512;  // 128 MiB each way
  options.allow_growth = true;
  GpuWorld world(*cuda, options);
  ASSERT_NE(world.device, nullptr) << world.error.message;
  world.run(0, 1);
  std::vector<void*> neighbour;
  std::uint64_t chunk = 0;
  std::uint64_t total = 0;
  ASSERT_TRUE(cuda->memory_info(chunk, total).ok());
  while (chunk >= 16 * kMiB) {
    void* memory = nullptr;
    if (cuda->allocate(chunk, memory).ok()) {
      neighbour.push_back(memory);
    } else {
      chunk /= 2;
    }
  }
  EXPECT_EQ(world.device->take(kFirstLane, 512).status, Status::kResourceExhausted);
  EXPECT_EQ(world.device->lost_reason(kFirstLane), "");
  for (void* memory : neighbour) {
    EXPECT_TRUE(cuda->free(memory).ok());
  }
  world.run(0, 1);
  world.run(0, 512);
}

TEST_F(Gpu, GivesBackWhatItTook) {
  const auto free_after_a_device = [&] {
    {
      CudaDeviceOptions options = gpu_lanes(4, {.kind = ModelKind::kSquare, .width = 1u << 16});
      GpuWorld world(*cuda, options);
      EXPECT_NE(world.device, nullptr) << world.error.message;
      world.run(3, 64);
    }
    std::uint64_t free_bytes = 0;
    std::uint64_t total = 0;
    EXPECT_TRUE(cuda->memory_info(free_bytes, total).ok());
    return free_bytes;
  };
  const std::uint64_t first = free_after_a_device();  // what CUDA itself keeps is taken by now
  for (int i = 0; i < 3; ++i) {
    EXPECT_GE(free_after_a_device() + 2 * kMiB, first);
  }
}

TEST_F(Gpu, ExecutesAModelOfOnesOwn) {
  GpuWorld world(*cuda,
                 gpu_lanes(2, {.kind = ModelKind::kUser,
                               .width = 3,
                               .library = beside_this_program(LOCKSTEP_EXAMPLE_USER_MODEL)}));
  ASSERT_NE(world.device, nullptr) << world.error.message;
  for (const std::uint32_t lane : {0u, 1u}) {
    const Device::Taken taken = world.device->take(LaneId{lane}, 8);
    std::vector<float> values(24);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(i) * 0.5f;
    }
    std::memcpy(taken.buffers.input.data(), values.data(), taken.buffers.input.size());
    ASSERT_EQ(world.device->launch(LaneId{lane}, world.now()), Status::kOk);
    ASSERT_EQ(world.wait().status, Status::kOk);
    std::memcpy(values.data(), taken.buffers.output.data(), taken.buffers.output.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(values[i], static_cast<float>(i) + 1.0f);
    }
    world.device->release(LaneId{lane});
  }
}

// In a process of its own: no other test can use the device after this.
[[noreturn]] void lose_the_device(CompletionWay way) {
  auto cuda = make_cuda_runtime();
  CudaDeviceOptions options =
      gpu_lanes(2, {.kind = ModelKind::kUser,
                    .width = 2,
                    .library = beside_this_program(LOCKSTEP_ILLEGAL_ADDRESS_MODEL)});
  options.completion = way;
  GpuWorld world(**cuda, options);
  if (world.device == nullptr) {
    std::cerr << world.error.message << "\n";
    std::_Exit(1);
  }
  constexpr float kDeadly = 666.0f;
  const Device::Taken taken = world.device->take(LaneId{1}, 8);
  std::memset(taken.buffers.input.data(), 0, taken.buffers.input.size());
  std::memcpy(taken.buffers.input.data(), &kDeadly, sizeof(kDeadly));
  const bool launched = world.device->launch(LaneId{1}, world.now()) == Status::kOk;
  const LaunchDone done = world.wait();
  const bool told = launched && done.status == Status::kUnavailable && raw(done.lane) == 1;
  world.device->release(LaneId{1});
  const bool fenced = world.device->take(LaneId{0}, 8).status == Status::kUnavailable;
  std::cerr << "lost: " << world.device->lost_reason(LaneId{0}) << "\n";
  world.device.reset();  // must not hang, nor crash
  std::_Exit(told && fenced ? 4 : 1);
}

TEST_F(Gpu, AnIllegalAddressLosesTheDeviceAndSaysSo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const CompletionWay way : {CompletionWay::kEventPolling, CompletionWay::kHostFunction}) {
    EXPECT_EXIT(lose_the_device(way), ::testing::ExitedWithCode(4),
                "lost: cudaErrorIllegalAddress in .* on device 0");
  }
}

}  // namespace
}  // namespace lockstep::testing
