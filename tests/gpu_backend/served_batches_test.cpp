// What the live server takes around a batch, where it is known: on virtual time, on the simulated
// GPU, whose host takes what its description says.
#include "gpu_backend/served_batches.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu_backend/simulated_device.h"
#include "sim/choices.h"
#include "sim/controlled_runtime.h"
#include "sim/device_text.h"

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const ModelSpec kCopyModel{.kind = ModelKind::kCopy, .width = 2};

Result<std::vector<std::int64_t>> measured(
    const std::string& gpu, const ServedBatches& served,
    SimulatedDeviceOptions options = SimulatedDeviceOptions()) {
  DullChoices dull;
  ControlledRuntime runtime(dull, {});
  const Result<DeviceDescription> description = parse_device(gpu);
  if (!description) {
    return tl::unexpected(description.error());
  }
  options.device.lane_count = 2;
  options.model = kCopyModel;
  SimulatedDevice device(runtime, *description, options);
  return time_around_stages(
      runtime, [&runtime] { EXPECT_EQ(runtime.run(), RunEnd::kAllEnded); }, device, kCopyModel,
      served);
}

TEST(ServedBatches, TakeWhatTheSimulatedHostTakesAroundThem) {
  for (const std::uint32_t rows : {1u, 7u, 64u, 65u, 1'000u}) {
    const auto host = measured("1ms+1us/row,h2d=20us+0ns/row,d2h=10us+0ns/row,host=7us+1us/row",
                               {.rows = rows, .batches = 10});
    ASSERT_TRUE(host) << host.error().message;
    // The first batch was started by an arrival.
    EXPECT_THAT(*host, AllOf(SizeIs(9), Each(7'000 + 1'000 * rows))) << rows;
  }
}

TEST(ServedBatches, OfAHostThatTakesNoTimeTakeNone) {
  const auto host = measured("1ms+0ns/row", {.rows = 4, .batches = 5});
  ASSERT_TRUE(host) << host.error().message;
  EXPECT_THAT(*host, AllOf(SizeIs(4), Each(0)));
}

TEST(ServedBatches, OneBatchAloneSaysNothing) {
  const auto host = measured("1ms+0ns/row,host=7us+0ns/row", {.rows = 4, .batches = 1});
  ASSERT_TRUE(host) << host.error().message;
  EXPECT_THAT(*host, SizeIs(0));
}

TEST(ServedBatches, ABatchThatFailsIsNoVerdict) {
  SimulatedDeviceOptions options;
  options.failing_launch = 3;
  const auto host = measured("1ms+0ns/row,host=7us+0ns/row", {.rows = 4, .batches = 10}, options);
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().code, Errc::kNoVerdict);
  EXPECT_THAT(host.error().message,
              HasSubstr("simulated: a batch of 4 rows of copy:width=2 failed in the server: "));
}

TEST(ServedBatches, ABatchThatHangsIsNoVerdictOnceItTookTooLong) {
  SimulatedDeviceOptions options;
  options.lost_launch = 2;
  const auto host = measured(
      "1ms+0ns/row", {.rows = 4, .batches = 10, .patience = std::chrono::seconds{5}}, options);
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().code, Errc::kNoVerdict);
  EXPECT_THAT(host.error().message, HasSubstr("failed in the server: DEADLINE_EXCEEDED"));
}

TEST(ServedBatches, AnInterruptEndsThemWithTheBatch) {
  int ends = 0;
  const auto host = measured(
      "1ms+0ns/row", {.rows = 4, .batches = 10, .interrupted = [&ends] { return ++ends == 3; }});
  ASSERT_FALSE(host);
  EXPECT_EQ(host.error().code, Errc::kInterrupted);
  EXPECT_LE(ends, 4);
}

}  // namespace
}  // namespace lockstep
