// What a batch takes around the stages of the simulated GPU: the host's part, and waking the GPU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/driven_device.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

TEST(DeviceHost, KeepsItsLaneAndNoEngine) {
  DrivenDevice device("10ns+0ns/row,d2h=2ns+0ns/row,host=5ns+1ns/row");
  device.hand_over(0, 1);
  device.hand_over(0, 2);
  // The second is computed from 10 on, not from 18.
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 18 took 12", "B1 at 29 took 12"));
}

TEST(DeviceHost, TakesNothingForABatchThatIsNotExecuted) {
  DrivenDevice device("10ns+0ns/row,host=5ns+0ns/row,memory=10B,row_bytes=20B");
  device.hand_over(0, 1);
  device.hand_over(1, 0);
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 0 took 0 failed", "B1 at 1 took 0"));
}

TEST(DeviceWake, IsForABatchThatFindsTheGpuWithoutOne) {
  for (const std::int64_t second : {17, 18}) {
    DrivenDevice device("10ns+0ns/row,host=5ns+0ns/row,wake=3ns");
    device.hand_over(0, 1);
    device.hand_over(second, 1);
    // At 18 the first one is over.
    EXPECT_THAT(device.ends(), ElementsAre("B0 at 18 took 10",
                                           second == 17 ? "B1 at 32 took 10" : "B1 at 36 took 10"));
  }
}

TEST(DeviceWake, NobodyBeginsBeforeItIsOver) {
  DrivenDevice device("10ns+0ns/row,sharing=equal,wake=3ns");
  device.hand_over(0, 1);
  device.hand_over(1, 1);
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 23 took 20", "B1 at 23 took 20"));
}

TEST(DeviceWake, IsOfEachGpu) {
  DrivenDevice device("10ns+0ns/row,wake=3ns", /*gpu_count=*/2);
  device.hand_over(0, 1);
  device.hand_over(1, 1);
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 13 took 10", "B1 at 14 took 10"));
}

}  // namespace
}  // namespace lockstep
