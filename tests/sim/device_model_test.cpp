// The stages of the simulated GPU, batch by batch, by hand and against the slow reference.
#include "sim/device_model.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "sim/device_text.h"
#include "tests/reference/device_reference.h"
#include "tests/support/driven_device.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;

// --- stages -------------------------------------------------------------------------------------

TEST(DeviceStages, CopiesOfOneBatchOverlapComputeOfAnother) {
  DrivenDevice device("20ns+0ns/row,h2d=10ns+0ns/row,d2h=5ns+0ns/row");
  device.hand_over(0, 1);
  device.hand_over(0, 1);
  // Copied 0..10 and 10..20, computed 10..30 and 30..50, copied back 30..35 and 50..55.
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 35 took 35", "B1 at 55 took 35"));
}

TEST(DeviceStages, AreToldWithTheWaitsBetweenThem) {
  DrivenDevice device("20ns+0ns/row,h2d=10ns+0ns/row,d2h=5ns+0ns/row");
  device.hand_over(0, 1);
  device.hand_over(0, 1);
  device.hand_over(0, 0);  // of no rows: not executed
  EXPECT_EQ(device.stages(), "0,0,0,10,10,30,30,35\n1,0,10,20,30,50,50,55\n");
  // Without copies: the second comes when the first has half of its work left.
  DrivenDevice shared("20ns+0ns/row,sharing=equal");
  shared.hand_over(0, 1);
  shared.hand_over(10, 1);
  EXPECT_EQ(shared.stages(), "0,0,0,0,0,30,30,30\n1,10,10,10,10,40,40,40\n");
}

TEST(DeviceStages, EachCopyEngineTakesOneBatchAtATime) {
  DrivenDevice device("1ns+0ns/row,h2d=10ns+0ns/row,d2h=20ns+0ns/row");
  device.hand_over(0, 1);
  device.hand_over(0, 1);
  // The second waits for the first to be copied back: computed 20..21, copied 31..51.
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 31 took 31", "B1 at 51 took 31"));
}

TEST(DeviceStages, TheEngineIsFreeExactlyWhenTheBatchBeforeIsThrough) {
  for (const std::int64_t at : {9, 10, 11}) {
    DrivenDevice device("1ns+0ns/row,h2d=10ns+0ns/row");
    device.hand_over(0, 1);
    device.hand_over(at, 1);
    EXPECT_EQ(device.ends().back(), at == 11 ? "B1 at 22 took 11" : "B1 at 21 took 11");
  }
}

TEST(DeviceStages, GpusHaveEnginesOfTheirOwn) {
  DrivenDevice device("20ns+0ns/row,h2d=10ns+0ns/row", /*gpu_count=*/2);
  device.hand_over(0, 1);
  device.hand_over(0, 1);
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 30 took 30", "B1 at 30 took 30"));
}

TEST(DeviceStages, ABatchOfNoRowsTakesNothing) {
  DrivenDevice device("20ns+0ns/row,h2d=10ns+0ns/row");
  device.hand_over(0, 1);
  device.hand_over(3, 0);
  EXPECT_THAT(device.ends(), ElementsAre("B1 at 3 took 0", "B0 at 30 took 30"));
}

TEST(DeviceStages, RefuseRowsThatOneOfThemDoesNotCover) {
  for (const std::uint32_t rows : {8u, 9u}) {
    const DeviceDescription description = *parse_device("1ns+0ns/row,d2h=1:1ns,8:2ns");
    DeviceModel model(description, {});
    EXPECT_EQ(model.hand_over(at_ns(0), {.rows = rows}),
              rows == 8 ? DeviceModel::HandOver::kTaken : DeviceModel::HandOver::kNotCovered);
  }
}

TEST(DeviceStages, RefuseWhatEndsBeyondTheLongestRun) {
  for (const std::int64_t late : {0, 1}) {
    const DeviceDescription description = *parse_device("1h+0ns/row,d2h=1ns+0ns/row");
    DeviceModel model(description, {});
    const SimTime at = at_ns(DeviceModel::kLatestNs - kMaxServiceNs - 1 + late);
    EXPECT_EQ(model.hand_over(at, {.rows = 1}),
              late == 0 ? DeviceModel::HandOver::kTaken : DeviceModel::HandOver::kTooLate);
  }
}

// --- sharing ------------------------------------------------------------------------------------

TEST(SharedComputeOfLanes, EqualSharesSlowBothDownWhileBothCompute) {
  DrivenDevice device("20ns+0ns/row,sharing=equal");
  device.hand_over(0, 1);
  device.hand_over(10, 1);
  // 10 ns of work left of B0 take 20: then 10 ns of B1 are done, and it goes on alone.
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 30 took 30", "B1 at 40 took 30"));
}

TEST(SharedComputeOfLanes, ABatchThatComesAsAnotherLeavesIsAlone) {
  for (const std::int64_t at : {19, 20}) {
    DrivenDevice device("20ns+0ns/row,sharing=equal");
    device.hand_over(0, 1);
    device.hand_over(at, 1);
    EXPECT_EQ(device.ends(),
              at == 19 ? (std::vector<std::string>{"B0 at 21 took 21", "B1 at 40 took 21"})
                       : (std::vector<std::string>{"B0 at 20 took 20", "B1 at 40 took 20"}));
  }
}

TEST(SharedComputeOfLanes, ThreeEqualSharesEndAtTheExactNanosecond) {
  DrivenDevice device("1ms+0ns/row,sharing=equal");
  for (int i = 0; i < 3; ++i) {
    device.hand_over(0, 1);
  }
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 3000000 took 3000000", "B1 at 3000000 took 3000000",
                                         "B2 at 3000000 took 3000000"));
}

TEST(SharedComputeOfLanes, EndsAtTheNextWholeNanosecond) {
  DrivenDevice device("1:10ns,2:11ns,sharing=equal");
  device.hand_over(0, 1);
  device.hand_over(1, 2);  // B0 has 9 ns left: 18 more
  device.hand_over(2, 1);
  // From 2 on thirds: B0 has 8.5 left, 25.5 ns.
  EXPECT_EQ(device.ends().front(), "B0 at 28 took 28");
}

// Published: two instances on one GPU took 1.57 to 1.91 times as long as one (triton server #366).
TEST(SharedComputeOfLanes, ASlowDownTableSaysHowMuch) {
  DrivenDevice device(
      "1:7.7838ms,4:16.7118ms,sharing=2:1.6495,3:2,4:3,5:4,6:5,7:6,8:7,9:8,10:9,"
      "11:10,12:11");
  device.hand_over(0, 1);
  device.hand_over(0, 1);
  EXPECT_EQ(device.ends().front(), "B0 at 12839379 took 12839379");  // 7.7838 ms * 1.6495, up
}

TEST(SharedComputeOfLanes, MovesACompletionThatWasPlanned) {
  DrivenDevice device("100ns+0ns/row,sharing=equal");
  device.hand_over(0, 1);
  device.hand_over(99, 1);
  EXPECT_EQ(device.ends().front(), "B0 at 101 took 101");
}

// Small devices drawn at random, each against the reference that counts every nanosecond.
TEST(DeviceModel, AgreesWithTheSlowReferenceOnRandomBatches) {
  Prng prng(7, "device-reference");
  int overlapping = 0;
  for (int round = 0; round < 600; ++round) {
    const auto sharing = static_cast<reference::DeviceSharing>(prng.below(3));
    std::string text = "1:" + std::to_string(1 + prng.below(30)) +
                       "ns,4:" + std::to_string(1 + prng.below(60)) + "ns";
    const bool copies_in = prng.below(2) == 0;
    const bool copies_out = prng.below(2) == 0;
    text += copies_in ? ",h2d=" + std::to_string(1 + prng.below(20)) + "ns+3ns/row" : "";
    text += copies_out ? ",d2h=" + std::to_string(1 + prng.below(20)) + "ns+2ns/row" : "";
    text += sharing == reference::DeviceSharing::kEqual  ? ",sharing=equal"
            : sharing == reference::DeviceSharing::kHalf ? ",sharing=2:1.5,3:2,4:2.5,5:3,6:3.5,7:4,"
                                                           "8:4.5,9:5,10:5.5,11:6,12:6.5"
                                                         : "";
    const bool has_host = prng.below(2) == 0;
    text += has_host ? ",host=" + std::to_string(1 + prng.below(20)) + "ns+1ns/row" : "";
    const std::int64_t wake = prng.below(2) == 0 ? 0 : static_cast<std::int64_t>(prng.below(30));
    text += wake > 0 ? ",wake=" + std::to_string(wake) + "ns" : "";
    const auto gpus = static_cast<std::uint32_t>(1 + prng.below(2));
    const DeviceDescription description = *parse_device(text);
    DrivenDevice device(text, gpus);
    std::vector<reference::DeviceJob> jobs;
    std::int64_t now = 0;
    for (std::uint32_t i = 0; i < 12; ++i) {
      now += static_cast<std::int64_t>(prng.below(25));
      const auto rows = static_cast<std::uint32_t>(1 + prng.below(4));
      jobs.push_back({.gpu = i % gpus,
                      .handed_over = now,
                      .to_device = copies_in ? description.to_device->time(rows).count() : 0,
                      .compute = description.compute.time(rows).count(),
                      .to_host = copies_out ? description.to_host->time(rows).count() : 0,
                      .host = has_host ? description.host->time(rows).count() : 0});
      device.hand_over(now, rows);
    }
    static_cast<void>(device.ends());
    const std::vector<reference::DeviceJobEnd> expected =
        reference::run_device(jobs, sharing, wake);
    ASSERT_EQ(device.completions().size(), jobs.size()) << text;
    for (const DeviceCompletion& end : device.completions()) {
      const reference::DeviceJobEnd& wanted = expected[raw(end.batch)];
      ASSERT_EQ(ns_of(end.time), wanted.at) << text << " round " << round;
      ASSERT_EQ(end.service.count(), wanted.service) << text << " round " << round;
      const reference::DeviceJob& job = jobs[raw(end.batch)];
      overlapping += wanted.service > job.to_device + job.compute + job.to_host ? 1 : 0;
    }
  }
  EXPECT_GT(overlapping, 1000);  // else the rounds are too easy
}

// --- chance -------------------------------------------------------------------------------------

TEST(DeviceChance, TimesLieWithinTheirQuantilesAndRepeat) {
  const char* text = "1:100ns@0/200ns@50/300ns@100,4:400ns";
  DrivenDevice device(text);
  DrivenDevice again(text);
  DrivenDevice other(text, 1, /*seed=*/2);
  for (int i = 0; i < 12; ++i) {
    device.hand_over(0, 1);
    again.hand_over(0, 1);
    other.hand_over(0, 1);
  }
  EXPECT_EQ(device.ends(), again.ends());
  EXPECT_NE(device.ends(), other.ends());
  for (const DeviceCompletion& end : device.completions()) {
    EXPECT_GE(end.service.count(), 100);
    EXPECT_LE(end.service.count(), 300);
  }
}

TEST(DeviceChance, QuantilesOfManyBatchesAreThoseGiven) {
  const ServiceCurve curve = *parse_service_curve("1:100ns@0/200ns@50/1000ns@99,2:1us");
  Prng prng(1, "device");
  int below_median = 0;
  int at_most = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t time = curve.time(1, prng.next()).count();
    below_median += time <= 200 ? 1 : 0;
    at_most += time == 1000 ? 1 : 0;
  }
  EXPECT_NEAR(below_median, 10'000, 300);
  EXPECT_NEAR(at_most, 200, 60);
}

// One draw per batch: what else is random or not moves no other batch's draw.
TEST(DeviceChance, ABatchTakesOneDrawWhateverItIsFor) {
  DrivenDevice jitter("100ns+0ns/row,jitter=1@0/2@100");
  DrivenDevice both("100ns+0ns/row,jitter=1@0/2@100,h2d=1:1ns@0/2ns@100,2:2ns");
  for (int i = 0; i < 3; ++i) {
    jitter.hand_over(i * 1000, 1);
    both.hand_over(i * 1000, 1);
  }
  static_cast<void>(jitter.ends());
  static_cast<void>(both.ends());
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t added =
        both.completions()[i].service.count() - jitter.completions()[i].service.count();
    EXPECT_GE(added, 1);
    EXPECT_LE(added, 2);
  }
}

TEST(DeviceFirstBatch, IsSlowOncePerModelAndGpu) {
  DrivenDevice device("10ns+0ns/row,first=1us", /*gpu_count=*/2);
  device.hand_over(0, 1, 0);      // lane 0, GPU 0: resnet
  device.hand_over(5000, 1, 0);   // GPU 1: resnet, cold there
  device.hand_over(10000, 1, 2);  // GPU 0: resnet:classify is of the same model
  device.hand_over(15000, 1, 1);  // GPU 1: bert
  device.hand_over(20000, 1, 0);  // GPU 0: warm
  EXPECT_THAT(device.ends(),
              ElementsAre("B0 at 1010 took 1010", "B1 at 6010 took 1010", "B2 at 10010 took 10",
                          "B3 at 16010 took 1010", "B4 at 20010 took 10"));
}

// --- memory -------------------------------------------------------------------------------------

TEST(DeviceMemory, ABatchThatFitsExactlyIsTakenAndOneByteMoreIsNot) {
  for (const char* total : {"140B", "139B"}) {
    DrivenDevice device("10ns+0ns/row,weights=100B,row_bytes=10B,memory=" + std::string(total));
    device.hand_over(0, 4);
    EXPECT_EQ(device.ends().front(),
              total[2] == '0' ? "B0 at 10 took 10" : "B0 at 0 took 0 failed");
    EXPECT_EQ(device.memory_peak(), total[2] == '0' ? 140u : 100u);  // the weights stay
  }
}

TEST(DeviceMemory, WaitingBatchesHoldTheirsUntilTheyAreDone) {
  for (const std::int64_t at : {9, 10}) {
    DrivenDevice device("10ns+0ns/row,row_bytes=10B,memory=20B");
    device.hand_over(0, 1);
    device.hand_over(0, 1);   // waits for the GPU
    device.hand_over(at, 1);  // fits from when the first is done
    EXPECT_EQ(device.ends().back() == "B2 at 30 took 10", at == 10);
    EXPECT_EQ(device.memory_peak(), 20u);
  }
}

TEST(DeviceMemory, ModelsHaveTheirOwnAndLoadTheirWeightsOnce) {
  DrivenDevice device("10ns+0ns/row,memory=100B,weights=10B,weights@bert=80B,row_bytes@resnet=5B");
  device.hand_over(0, 1, 0);   // resnet: 10 + 5
  device.hand_over(20, 1, 1);  // bert: 80
  device.hand_over(40, 2, 0);  // 10 more: exactly
  device.hand_over(60, 3, 2);  // resnet:classify: 15 more are too much
  device.hand_over(80, 9, 1);  // bert's rows take nothing
  EXPECT_THAT(device.ends(), ElementsAre("B0 at 10 took 10", "B1 at 30 took 10", "B2 at 50 took 10",
                                         "B3 at 60 took 0 failed", "B4 at 90 took 10"));
}

TEST(DeviceMemory, EachGpuHasItsOwn) {
  DrivenDevice device("10ns+0ns/row,memory=10B,row_bytes=10B", /*gpu_count=*/2);
  device.hand_over(0, 1);
  device.hand_over(0, 1);
  device.hand_over(5, 1);
  EXPECT_THAT(device.ends(),
              ElementsAre("B2 at 5 took 0 failed", "B0 at 10 took 10", "B1 at 10 took 10"));
}

}  // namespace
}  // namespace lockstep
