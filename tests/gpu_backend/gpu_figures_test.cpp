// What the ways of the CUDA device cost on a real GPU: printed, for whoever chooses the defaults.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/real_cuda.h"

namespace lockstep::testing {
namespace {

using GpuFigures = OnGpu;

struct Way {
  std::string_view name;
  CompletionWay completion = CompletionWay::kEventPolling;
  StageTiming timing = StageTiming::kStages;
  bool graphs = true;
};

SimDuration median(std::vector<SimDuration> spans) {
  std::sort(spans.begin(), spans.end());
  return spans[spans.size() / 2];
}

TEST_F(GpuFigures, OfEachWayToLaunchAndToNotice) {
  constexpr int kBatches = 500;
  const std::vector<Way> ways = {
      {.name = "events, stages"},
      {.name = "events, begin and end", .timing = StageTiming::kBeginAndEnd},
      {.name = "events, around", .timing = StageTiming::kAroundGraph},
      {.name = "events, no graph", .graphs = false},
      {.name = "host function, stages", .completion = CompletionWay::kHostFunction},
      {.name = "host function, around",
       .completion = CompletionWay::kHostFunction,
       .timing = StageTiming::kAroundGraph},
  };
  std::cout << fmt::format("{:<24} {:>10} {:>10} {:>10} {:>10} {:>10}   (medians of {})\n", "way",
                           "launch()", "to start", "device", "to notice", "error", kBatches);
  for (const Way& way : ways) {
    CudaDeviceOptions options;
    options.model = {.kind = ModelKind::kSquare, .width = 256};
    options.sizes = {32};
    options.max_rows = 32;
    options.completion = way.completion;
    options.stage_timing = way.timing;
    options.graphs = way.graphs;
    GpuWorld world(*cuda, options);
    ASSERT_NE(world.device, nullptr) << world.error.message;
    std::vector<SimDuration> launch;
    std::vector<SimDuration> start;
    std::vector<SimDuration> device;
    std::vector<SimDuration> notice;
    for (int i = 0; i < kBatches; ++i) {
      ASSERT_EQ(gather(*world.device, world.model, LaneId{0}, 1, 32).status, Status::kOk);
      const SimTime before = world.now();
      ASSERT_EQ(world.device->launch(LaneId{0}, before), Status::kOk);
      launch.push_back(world.now() - before);
      const LaunchDone done = world.wait();
      ASSERT_EQ(done.status, Status::kOk);
      start.push_back(done.times.to_device_from - done.times.launched);
      device.push_back(done.times.device_time());
      notice.push_back(world.noticed - done.times.finished);
      world.device->release(LaneId{0});
    }
    std::cout << fmt::format("{:<24} {:>10} {:>10} {:>10} {:>10} {:>10}\n", way.name,
                             to_decimal_text(median(launch)), to_decimal_text(median(start)),
                             to_decimal_text(median(device)), to_decimal_text(median(notice)),
                             to_decimal_text(world.device->time_error()));
    EXPECT_LE(median(start), std::chrono::microseconds{200});
  }
}

}  // namespace
}  // namespace lockstep::testing
