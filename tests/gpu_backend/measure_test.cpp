// Measuring a device whose times are known: how often, when it ends, what the device file says.
#include "gpu_backend/measure.h"

#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu_backend/measured_device.h"
#include "sim/device_file.h"
#include "sim/device_table.h"
#include "sim/device_text.h"
#include "tests/support/planned_device.h"
#include "tests/traces/scratch_directory.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Stages = std::function<PlannedStages(std::uint32_t rows, std::uint64_t launch)>;

const ModelSpec kMeasuredModel{.kind = ModelKind::kCopy, .width = 1};

constexpr SimDuration us(std::int64_t count) {
  return SimDuration{count * 1'000};
}

// Two sizes, copies both ways.
PlannedStages steady_stages(std::uint32_t rows, std::uint64_t /*launch*/) {
  return {.to_device = us(10 + rows), .compute = us(1'000 + 100 * rows), .to_host = us(5)};
}

// Never sure: half of the batches take 900 ns, half 1100 ns.
PlannedStages alternating_stages(std::uint32_t /*rows*/, std::uint64_t launch) {
  return {.compute = SimDuration{launch % 2 == 0 ? 900 : 1'100}};
}

MeasureOptions measure_sizes(std::vector<std::uint32_t> sizes) {
  MeasureOptions options;
  options.sizes = std::move(sizes);
  return options;
}

Result<Measurement> measure_planned(const PlannedDeviceOptions& planned,
                                    const MeasureOptions& options) {
  ManualClock clock;
  PlannedDevice device(planned, clock);
  return measure(device, kMeasuredModel, clock, options);
}

std::string table_of(const PlannedDeviceOptions& planned, const MeasureOptions& options) {
  const Result<Measurement> measured = measure_planned(planned, options);
  EXPECT_TRUE(measured) << (measured ? "" : measured.error().message);
  return measured ? device_table_text(*measured, options) : "";
}

std::string failure_of(const PlannedDeviceOptions& planned, const MeasureOptions& options) {
  const Result<Measurement> measured = measure_planned(planned, options);
  EXPECT_TRUE(!measured && measured.error().code == Errc::kNoVerdict);
  return measured ? "measured" : measured.error().message;
}

TEST(Measure, SizesTakeTurnsAfterTheirWarmUp) {
  ManualClock clock;
  PlannedDevice device({.stages = steady_stages}, clock);
  ASSERT_TRUE(measure(device, kMeasuredModel, clock, measure_sizes({1, 8})));
  std::vector<std::uint32_t> expected(4, 1);
  expected.insert(expected.end(), 4, 8);
  for (int round = 0; round < 2; ++round) {
    expected.insert(expected.end(), 10, 1);
    expected.insert(expected.end(), 10, 8);
  }
  EXPECT_EQ(device.launched_rows(), expected);
}

TEST(Measure, WritesADeviceFile) {
  const Stages slow_start = [](std::uint32_t rows, std::uint64_t launch) {
    PlannedStages stages = steady_stages(rows, launch);
    stages.compute += us(launch == 0 ? 2'500 : 0);
    return stages;
  };
  EXPECT_EQ(table_of({.stages = slow_start}, measure_sizes({1, 8})),
            "# source: copy:width=1 on planned device, measured by lockstep measure, 20 batches of "
            "each size\n"
            "# note: medians within +-1 % at 95 % confidence unless said below\n"
            "# note: the first batch (1 row) took 3.616ms, later ones 1.116ms; to simulate a cold "
            "start add first=2.5ms\n"
            "rows,h2d,p0,p5,p25,p50,p75,p90,p95,p99,p100,d2h\n"
            "1,11us,1.1ms,1.1ms,1.1ms,1.1ms,1.1ms,1.1ms,1.1ms,1.1ms,1.1ms,5us\n"
            "8,18us,1.8ms,1.8ms,1.8ms,1.8ms,1.8ms,1.8ms,1.8ms,1.8ms,1.8ms,5us\n");
}

TEST(Measure, TheDeviceFileReadsBack) {
  const Stages spread = [](std::uint32_t rows, std::uint64_t launch) {
    PlannedStages stages = steady_stages(rows, launch);
    stages.compute += SimDuration{static_cast<std::int64_t>(launch * 7919 % 101)};
    return stages;
  };
  const ScratchDirectory scratch;
  const std::string path = scratch.file("gpu.csv");
  std::ofstream(path) << table_of({.lanes = 2, .stages = spread}, measure_sizes({1, 2, 8}));
  const Result<DeviceDescription> device = read_device(path);
  ASSERT_TRUE(device) << device.error().message;
  EXPECT_TRUE(device->compute.is_random());
  EXPECT_TRUE(device->covers(8));
  EXPECT_FALSE(device->covers(9));
  EXPECT_EQ(device->to_device->time(2), us(12));
  EXPECT_EQ(device->to_host->time(8), us(5));
  EXPECT_EQ(device->sharing.kind, Sharing::kSlowDown);
  const std::string text = device_text(*device);
  EXPECT_EQ(device_text(*parse_device(text)), text);
}

// A clock that moves by so much whenever it is read, as time does while a host works.
class WorkingClock final : public Clock {
 public:
  explicit WorkingClock(ManualClock& clock, SimDuration step) : clock_(clock), step_(step) {}
  [[nodiscard]] SimTime now() const override {
    clock_.advance_to(clock_.now() + step_);
    return clock_.now();
  }

 private:
  ManualClock& clock_;
  SimDuration step_;
};

TEST(Measure, WritesWhatTheHostTakesAroundABatch) {
  ManualClock device_clock;
  WorkingClock clock(device_clock, us(1));
  PlannedDevice device({.stages = steady_stages}, device_clock);
  const MeasureOptions options = measure_sizes({1});
  const Result<Measurement> measured = measure(device, kMeasuredModel, clock, options);
  ASSERT_TRUE(measured);
  // The clock is read before a batch, at its launch, when the wait for it begins and after it:
  // three steps, of which the one until the end of the wait is hidden behind the device's work.
  EXPECT_EQ(measured->sizes[0].host.trimmed_mean(), us(2).count());
  const std::string table = device_table_text(*measured, options);
  EXPECT_THAT(table, HasSubstr("p100,d2h,host\n"));
  EXPECT_THAT(table, HasSubstr(",5us,2us\n"));
  const Result<DeviceDescription> read = read_device_table("gpu.csv", table);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->host->time(1), us(2));
}

TEST(Measure, WritesHowMuchLongerABatchTakesAfterAPause) {
  for (const SimDuration wake : {us(0), us(40)}) {
    ManualClock clock;
    PlannedDevice device({.stages = steady_stages, .wake = wake}, clock);
    MeasureOptions options = measure_sizes({1, 8});
    options.wait = [&clock](SimDuration span) { clock.advance_to(clock.now() + span); };
    const Result<Measurement> measured = measure(device, kMeasuredModel, clock, options);
    ASSERT_TRUE(measured);
    EXPECT_EQ(measured->wake(), wake);
    const std::string table = device_table_text(*measured, options);
    const Result<DeviceDescription> read = read_device_table("gpu.csv", table);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->wake, wake);
    // The stages are those of batches without a pause before them.
    EXPECT_EQ(read->to_device->time(1), us(11));
    EXPECT_EQ(table.find("# wake: 40us\n") != table.npos, wake > us(0));
    EXPECT_EQ(table.find("wake") != table.npos, wake > us(0));
  }
}

TEST(Measure, TheTrimmedMeanLeavesTheOddOnesOut) {
  StageSamples samples;
  EXPECT_EQ(samples.trimmed_mean(), 0);
  samples.sorted = {7};
  EXPECT_EQ(samples.trimmed_mean(), 7);
  samples.sorted = {7, 9};
  EXPECT_EQ(samples.trimmed_mean(), 8);
  samples.sorted = {0, 10, 10, 10, 10, 20, 20, 20, 20, 1'000'000};
  EXPECT_EQ(samples.trimmed_mean(), 15);
  // Of 100 one at either end, of 101 two; of ten tenths one.
  samples.sorted.assign(98, 10);
  samples.sorted.insert(samples.sorted.begin(), 0);
  samples.sorted.push_back(1'000'000);
  EXPECT_EQ(samples.trimmed_mean(), 10);
  samples.sorted.push_back(1'000'000);
  EXPECT_EQ(samples.trimmed_mean(), 10);
  samples.sorted.push_back(1'000'000);
  EXPECT_EQ(samples.trimmed_mean(), 10'214);
  EXPECT_EQ(samples.trimmed_mean(10), 10);
}

TEST(Measure, CopiesThatTakeNoTimeHaveNoColumn) {
  const Stages compute_only = [](std::uint32_t, std::uint64_t) {
    return PlannedStages{.compute = us(3)};
  };
  EXPECT_THAT(table_of({.stages = compute_only}, measure_sizes({4})),
              HasSubstr("\nrows,p0,p5,p25,p50,p75,p90,p95,p99,p100\n4,3us,"));
}

TEST(Measure, EndsWhenTheMedianIsSure) {
  // The median of n alternating ones is never known; of nine equal ones in ten it is.
  const Stages mostly = [](std::uint32_t, std::uint64_t launch) {
    return PlannedStages{.compute = us(launch % 10 == 0 ? 900 : 1'000)};
  };
  const Result<Measurement> measured = measure_planned({.stages = mostly}, measure_sizes({1}));
  ASSERT_TRUE(measured);
  EXPECT_TRUE(measured->sizes[0].sure);
  EXPECT_EQ(measured->sizes[0].whole.sorted.size(), 20u);
  MeasureOptions options = measure_sizes({1});
  options.max_repetitions = 50;
  const Result<Measurement> unsure = measure_planned({.stages = alternating_stages}, options);
  ASSERT_TRUE(unsure);
  EXPECT_FALSE(unsure->sizes[0].sure);
  EXPECT_EQ(unsure->sizes[0].whole.sorted.size(), 50u);
  EXPECT_THAT(measurement_warnings(*unsure, options),
              ::testing::Contains(
                  "1 row: the median is known to +-10 % only, not +-1 %, after 50 batches"));
}

// Warm-up takes 4 us, a block 10 us.
TEST(Measure, ABlockBeginsBeforeTheTimeLimitOrNotAtAll) {
  MeasureOptions options = measure_sizes({1});
  for (const auto& [limit_ns, batches] :
       {std::pair{1, 10u}, std::pair{14'000, 10u}, std::pair{14'001, 20u}}) {
    options.time_limit = SimDuration{limit_ns};
    const Result<Measurement> measured = measure_planned({.stages = alternating_stages}, options);
    ASSERT_TRUE(measured);
    EXPECT_EQ(measured->sizes[0].whole.sorted.size(), batches) << limit_ns;
  }
}

TEST(Measure, SaysWhatDisturbedIt) {
  const Stages throttled = [](std::uint32_t, std::uint64_t launch) {
    return PlannedStages{.compute = us(launch < 14 ? 1'000 : 1'300)};
  };
  EXPECT_THAT(table_of({.stages = throttled}, measure_sizes({2})),
              HasSubstr("# note: 2 rows: 30 % slower in the last third than in the first; two "
                        "groups around 1ms and 1.3ms (the clock, or a neighbour on this machine, "
                        "disturbed it)\n"));
}

TEST(Measure, LanesThatDoNotDisturbEachOtherAreNotSlowedDown) {
  const std::string table = table_of({.lanes = 3, .stages = steady_stages}, measure_sizes({1, 8}));
  EXPECT_THAT(table, HasSubstr("\n# sharing: 2:1,3:1\n"));
}

TEST(Measure, LanesThatComputeInTurnAreSerial) {
  const std::string table =
      table_of({.lanes = 3, .serial = true, .stages = steady_stages}, measure_sizes({1, 8}));
  EXPECT_THAT(table, HasSubstr("\n# sharing: serial\n"));
  EXPECT_THAT(table, Not(HasSubstr("too little")));
  const Result<DeviceDescription> device = read_device_table("gpu.csv", table);
  ASSERT_TRUE(device) << device.error().message;
  EXPECT_EQ(device->sharing.kind, Sharing::kSerial);
}

TEST(Measure, LanesThatShareTakeTheirFactorLonger) {
  ManualClock clock;
  PlannedDevice* shared = nullptr;
  const Stages stages = [&shared](std::uint32_t rows, std::uint64_t) {
    const std::int64_t together = rows == 8 ? 1'500 : 1'200;
    return PlannedStages{.compute = us(shared->in_flight() == 0 ? 1'000 : together)};
  };
  PlannedDevice device({.lanes = 2, .stages = stages}, clock);
  shared = &device;
  const Result<Measurement> measured =
      measure(device, kMeasuredModel, clock, measure_sizes({1, 8}));
  ASSERT_TRUE(measured);
  const LanesMeasurement& lanes = measured->lanes.back();
  EXPECT_EQ(lanes.rows, 8u);
  EXPECT_EQ(lanes.lanes, 2u);
  EXPECT_EQ(lanes.batches, 2u * 8u * 15u);
  ASSERT_TRUE(lanes.slow_down);
  // The first of each round begins alone and is not slowed down.
  EXPECT_NEAR(*lanes.slow_down, 1'500'000, 60'000);
  EXPECT_EQ(measured_sharing(*measured).slow_down, std::vector<std::uint32_t>{*lanes.slow_down})
      << "that of the largest size";
  ASSERT_EQ(measured->lanes.size(), 4u);  // one lane and two, of both sizes
  EXPECT_EQ(measured->lanes[0].rows, 1u);
  EXPECT_EQ(measured->lanes[0].lanes, 1u);
  EXPECT_EQ(measured->lanes[0].overlap, 0u);
  EXPECT_FALSE(measured->lanes[0].slow_down) << "of one lane there is none";
  EXPECT_NEAR(*measured->lanes[1].slow_down, 1'200'000, 60'000);
}

// One lane does nothing while it gathers and launches; two take 1.2 ms each at once.
TEST(Measure, RowsPerSecondOfOneLaneAreThoseToCompareSeveralWith) {
  ManualClock clock;
  PlannedDevice device({.lanes = 2, .stages = steady_stages}, clock);
  const Result<Measurement> measured =
      measure(device, kMeasuredModel, clock, measure_sizes({1, 8}));
  ASSERT_TRUE(measured);
  const std::vector<LanesMeasurement>& lanes = measured->lanes;
  ASSERT_EQ(lanes.size(), 4u);
  EXPECT_NEAR(
      static_cast<double>(lanes[3].rows_per_second) / static_cast<double>(lanes[2].rows_per_second),
      2.0, 0.05);
}

TEST(Measure, SizesBetweenTheSmallestAndTheLargestTakeTurnsOnSeveralLanesWhileThereIsTime) {
  ManualClock clock;
  PlannedDevice device({.lanes = 2, .stages = steady_stages}, clock);
  const auto sizes_with_lanes = [&](SimDuration time_limit) {
    MeasureOptions options = measure_sizes({1, 2, 4, 8});
    options.time_limit = time_limit;
    const Result<Measurement> measured = measure(device, kMeasuredModel, clock, options);
    std::vector<std::uint32_t> rows;
    for (const LanesMeasurement& lanes : measured ? measured->lanes : decltype(measured->lanes){}) {
      if (lanes.lanes == 2) {
        rows.push_back(lanes.rows);
      }
    }
    return rows;
  };
  EXPECT_THAT(sizes_with_lanes(std::chrono::minutes{1}), ElementsAre(1, 2, 4, 8));
  EXPECT_THAT(sizes_with_lanes(us(1)), ElementsAre(1, 8));
}

TEST(Measure, LanesThatAreHardlyBusyAreDoubtful) {
  // Compute is a fifth of the time; copies are the rest, and batches meet in compute never.
  const Stages copies = [](std::uint32_t, std::uint64_t launch) {
    return PlannedStages{.to_device = us(launch % 2 == 0 ? 400 : 800), .compute = us(100)};
  };
  EXPECT_THAT(table_of({.lanes = 2, .serial = true, .stages = copies}, measure_sizes({1})),
              HasSubstr("too little to see how they share it; serial is assumed\n"));
}

TEST(Measure, FailsWithTheDevice) {
  EXPECT_EQ(failure_of({.stages = steady_stages, .most_rows = 7}, measure_sizes({1, 8})),
            "planned device: a batch of 8 rows of copy:width=1 was refused: RESOURCE_EXHAUSTED");
  EXPECT_EQ(failure_of({.stages = steady_stages,
                        .end =
                            [](std::uint64_t launch) {
                              return launch == 5 ? Status::kInternal : Status::kOk;
                            }},
                       measure_sizes({1})),
            "planned device: a batch of 1 rows of copy:width=1 failed: INTERNAL");
  EXPECT_EQ(failure_of({.stages = steady_stages, .lost_from = 9}, measure_sizes({1})),
            "planned device: a batch of 1 rows of copy:width=1 was not done after 1min");
}

TEST(Measure, RefusesADeviceThatComputesSomethingElse) {
  ManualClock clock;
  PlannedDevice device({.stages = steady_stages}, clock);  // copies
  const ModelSpec square{.kind = ModelKind::kSquare, .width = 1};
  MeasureOptions options = measure_sizes({2});
  const Result<Measurement> measured = measure(device, square, clock, options);
  ASSERT_FALSE(measured);
  EXPECT_THAT(measured.error().message, HasSubstr("another result than its reference in row 0"));
  options.compare_outputs = false;
  const Result<Measurement> unseen = measure(device, square, clock, options);
  ASSERT_TRUE(unseen);
  EXPECT_FALSE(unseen->outputs_compared);
}

TEST(Measure, StopsWhenItIsInterrupted) {
  MeasureOptions options = measure_sizes({1});
  int asked = 0;
  options.interrupted = [&asked] { return ++asked == 2; };
  const Result<Measurement> measured = measure_planned({.stages = alternating_stages}, options);
  ASSERT_FALSE(measured);
  EXPECT_EQ(measured.error().code, Errc::kInterrupted);
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace lockstep
