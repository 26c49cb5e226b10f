// The host device: results, states, memory, faults, its threads. No time of it is judged.
#include "gpu_backend/host_device.h"

#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "gpu_backend/model_data.h"
#include "tests/support/ticking_clock.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr LaneId kLane{0};

// Takes buffers and fills in the first `rows` rows; the rest is padding, as the driver leaves it.
Device::Taken gather(Device& device, const ModelSpec& model, LaneId lane, std::uint64_t request,
                     std::uint32_t rows, std::uint32_t padded_rows) {
  const Device::Taken taken = device.take(lane, padded_rows);
  EXPECT_EQ(taken.status, Status::kOk);
  EXPECT_EQ(taken.buffers.input.size(), padded_rows * model.row_bytes());
  EXPECT_EQ(taken.buffers.output.size(), padded_rows * model.row_bytes());
  for (std::uint32_t row = 0; row < rows; ++row) {
    write_input_row(model, request, row,
                    taken.buffers.input.subspan(row * model.row_bytes(), model.row_bytes()));
  }
  const auto padding = taken.buffers.input.subspan(rows * model.row_bytes());
  std::memset(padding.data(), 0, padding.size());
  return taken;
}

LaunchDone wait_for_one(Device& device) {
  while (true) {
    if (const std::optional<LaunchDone> done = device.poll(); done) {
      return *done;
    }
    std::this_thread::yield();
  }
}

void expect_rows(const Reference& reference, const ModelSpec& model,
                 std::span<const std::byte> output, std::uint64_t request, std::uint32_t rows) {
  for (std::uint32_t row = 0; row < rows; ++row) {
    EXPECT_TRUE(
        reference.matches(request, row, output.subspan(row * model.row_bytes(), model.row_bytes())))
        << model_text(model) << ", request " << request << ", row " << row;
  }
}

std::string failed_check_of(const std::function<void()>& call) {
  const CheckHandler before = set_check_handler(&throwing_check_handler);
  std::string message = "no check failed";
  try {
    call();
  } catch (const CheckFailed& failed) {
    message = failed.what();
  }
  set_check_handler(before);
  return message;
}

ModelSpec host_test_model(const std::string& text) {
  return *parse_model(text);
}

TEST(HostDevice, GivesEachRowItsResult) {
  for (const char* text :
       {"square:width=3", "copy:width=5", "spin:7ns,width=2", "mlp:width=33,depth=1",
        "mlp:width=64,depth=4", "mlp:width=64,depth=3,precision=bf16"}) {
    for (const bool is_inline : {false, true}) {
      const ModelSpec model = host_test_model(text);
      const Reference reference(model);
      const TickingClock clock;
      HostDevice device({.model = model, .inline_execution = is_inline}, clock);
      for (std::uint64_t request = 0; request < 3; ++request) {
        const Device::Taken taken = gather(device, model, kLane, request, 5, 8);
        ASSERT_EQ(device.launch(kLane, clock.now()), Status::kOk);
        EXPECT_EQ(wait_for_one(device).status, Status::kOk);
        expect_rows(reference, model, taken.buffers.output, request, 5);
        device.release(kLane);
      }
    }
  }
}

// The tolerance of bf16 would hide it: with inputs that were not rounded the results differ by
// 1e-3.
TEST(HostDevice, RoundsWhatEntersALayerToBf16) {
  const ModelSpec model = host_test_model("mlp:width=64,depth=1,precision=bf16");
  const TickingClock clock;
  HostDevice device({.model = model, .inline_execution = true}, clock);
  const Device::Taken taken = gather(device, model, kLane, 3, 1, 1);
  ASSERT_EQ(device.launch(kLane, clock.now()), Status::kOk);
  const std::vector<float> expected = Reference(model).expected(3, 0);
  for (std::size_t column = 0; column < model.width; ++column) {
    float value = -1;
    std::memcpy(&value, &taken.buffers.output[column * sizeof value], sizeof value);
    EXPECT_NEAR(value, expected[column], 1e-5) << column;
  }
}

TEST(HostDevice, ComputesPaddingToo) {
  const ModelSpec model = host_test_model("mlp:width=8,depth=1");
  const TickingClock clock;
  HostDevice device({.model = model, .inline_execution = true}, clock);
  const Device::Taken taken = gather(device, model, kLane, 0, 1, 2);
  ASSERT_EQ(device.launch(kLane, clock.now()), Status::kOk);
  // Of a row of zeros relu(W 0 + b) is left: the biases that are positive.
  const MlpWeights parameters = mlp_weights(model);
  for (std::size_t column = 0; column < model.width; ++column) {
    float value = -1;
    std::memcpy(&value, &taken.buffers.output[(8 + column) * sizeof value], sizeof value);
    EXPECT_EQ(value, std::max(parameters.biases[column], 0.0f)) << column;
  }
}

TEST(HostDevice, SmallerBatchesAfterALargeOneUseTheirRowsAlone) {
  const ModelSpec model = host_test_model("mlp:width=16,depth=3");
  const Reference reference(model);
  const TickingClock clock;
  HostDevice device({.model = model}, clock);
  for (const std::uint32_t rows : {8u, 1u, 3u, 16u, 2u}) {
    const Device::Taken taken = gather(device, model, kLane, rows, rows, rows);
    ASSERT_EQ(device.launch(kLane, clock.now()), Status::kOk);
    EXPECT_EQ(wait_for_one(device).status, Status::kOk);
    expect_rows(reference, model, taken.buffers.output, rows, rows);
    device.release(kLane);
  }
}

TEST(HostDevice, StagesFollowEachOtherOnTheGivenClock) {
  const ModelSpec model = host_test_model("spin:50ns/row");
  const TickingClock clock;
  HostDevice device({.model = model, .inline_execution = true}, clock);
  gather(device, model, kLane, 0, 2, 2);
  const SimTime now = clock.now();
  ASSERT_EQ(device.launch(kLane, now), Status::kOk);
  const StageTimes times = wait_for_one(device).times;
  EXPECT_EQ(times.launched, now);
  EXPECT_EQ(times.to_device_from, now + SimDuration{1});
  EXPECT_EQ(times.compute_from, times.to_device_from);
  // One look to begin, one that ends the wait 100 ns later, one to say so.
  EXPECT_EQ(times.to_host_from, times.compute_from + SimDuration{102});
  EXPECT_EQ(times.finished, times.to_host_from);
  EXPECT_EQ(times.device_time(), SimDuration{102});
}

TEST(HostDevice, ACallInAnotherStateIsAFailedCheck) {
  const ModelSpec model = host_test_model("square");
  const TickingClock clock;
  HostDevice device({.model = model, .inline_execution = true}, clock);
  const auto launch = [&] { static_cast<void>(device.launch(kLane, clock.now())); };
  const auto take = [&] { static_cast<void>(device.take(kLane, 1)); };
  const auto release = [&] { device.release(kLane); };
  const std::string wrong = "state ==";
  EXPECT_THAT(failed_check_of(launch), HasSubstr(wrong)) << "free";
  EXPECT_THAT(failed_check_of(release), HasSubstr(wrong)) << "free";
  take();
  EXPECT_THAT(failed_check_of(take), HasSubstr(wrong)) << "gathering";
  launch();
  EXPECT_THAT(failed_check_of(launch), HasSubstr(wrong)) << "in flight";
  EXPECT_THAT(failed_check_of(release), HasSubstr(wrong)) << "in flight";
  EXPECT_EQ(device.in_flight(), 1u);
  EXPECT_TRUE(device.poll());
  EXPECT_EQ(device.in_flight(), 0u);
  EXPECT_THAT(failed_check_of(take), HasSubstr(wrong)) << "done";
  release();
  take();
  release();  // what was gathered is not executed
  EXPECT_FALSE(device.poll());
  EXPECT_THAT(failed_check_of([&] { device.release(LaneId{1}); }), HasSubstr("lanes_.size()"));
}

TEST(HostDevice, ExactlyTheBudgetFits) {
  const ModelSpec model = host_test_model("mlp:width=4,depth=2");
  const TickingClock clock;
  constexpr std::uint64_t kWeights = (2 * 4 * 4 + 2 * 4) * 4;
  constexpr std::uint64_t kRow = 4 * 4 * 4;  // input, output, two between layers
  HostDevice device(
      {.model = model, .lanes = 3, .inline_execution = true, .memory_budget = kWeights + 10 * kRow},
      clock);
  EXPECT_EQ(device.row_memory_bytes(), kRow);
  EXPECT_EQ(device.take(LaneId{0}, 11).status, Status::kResourceExhausted);
  EXPECT_EQ(device.take(LaneId{0}, 6).status, Status::kOk);
  EXPECT_EQ(device.take(LaneId{1}, 5).status, Status::kResourceExhausted);
  EXPECT_EQ(device.take(LaneId{1}, 4).status, Status::kOk) << "a refused lane stays free";
  EXPECT_EQ(device.take(LaneId{2}, 1).status, Status::kResourceExhausted);
  device.release(LaneId{0});
  EXPECT_EQ(device.take(LaneId{2}, 6).status, Status::kOk);
  EXPECT_EQ(device.memory_peak(), device.memory_budget());
}

TEST(HostDevice, WeightsBeyondTheBudgetLeaveNoRoomForAnyBatch) {
  const ModelSpec model = host_test_model("mlp:width=4,depth=2");
  const TickingClock clock;
  HostDevice device({.model = model, .inline_execution = true, .memory_budget = 159}, clock);
  EXPECT_EQ(device.take(kLane, 1).status, Status::kResourceExhausted);
}

TEST(HostDevice, FaultsFailABatchOrLoseALane) {
  const ModelSpec model = host_test_model("square");
  const TickingClock clock;
  const auto faults = [](LaneId, std::uint64_t launch) {
    const std::map<std::uint64_t, HostFault> planned = {
        {1, {.at_launch = Status::kInternal}},
        {2, {.at_completion = Status::kInternal}},
        {4, {.at_completion = Status::kUnavailable}}};
    const auto found = planned.find(launch);
    return found == planned.end() ? HostFault{} : found->second;
  };
  HostDevice device({.model = model, .lanes = 2, .fault = faults}, clock);
  std::vector<Status> ends;
  for (int launch = 0; launch < 5; ++launch) {
    gather(device, model, kLane, 0, 1, 1);
    const SimTime now = clock.now();
    const Status status = device.launch(kLane, now);
    if (status == Status::kOk) {
      const LaunchDone done = wait_for_one(device);
      EXPECT_EQ(done.times.launched, now);
      ends.push_back(done.status);
    } else {
      EXPECT_EQ(device.in_flight(), 0u);
      ends.push_back(status);
    }
    device.release(kLane);
  }
  EXPECT_THAT(ends, ::testing::ElementsAre(Status::kOk, Status::kInternal, Status::kInternal,
                                           Status::kOk, Status::kUnavailable));
  EXPECT_EQ(device.take(kLane, 1).status, Status::kUnavailable);
  EXPECT_THAT(device.lost_reason(kLane), HasSubstr("launch 4"));
  EXPECT_EQ(device.lost_reason(LaneId{1}), "");
  EXPECT_EQ(device.take(LaneId{1}, 1).status, Status::kOk) << "the other lane goes on";
}

// Every lane is busy all the time, on one thread and on several.
TEST(HostDevice, LanesInFlightTogetherKeepTheirRowsApart) {
  const ModelSpec model = host_test_model("square:width=7");
  const Reference reference(model);
  for (const std::uint32_t threads : {1u, 3u, 8u}) {
    const TickingClock clock;
    HostDevice device({.model = model, .lanes = 4, .threads = threads}, clock);
    std::vector<Device::Taken> taken(4);
    std::vector<std::uint64_t> requests(4);
    std::uint64_t next = 0;
    const auto launch = [&](std::uint32_t lane) {
      requests[lane] = next++;
      taken[lane] = gather(device, model, LaneId{lane}, requests[lane], 3, 4);
      ASSERT_EQ(device.launch(LaneId{lane}, clock.now()), Status::kOk);
    };
    for (std::uint32_t lane = 0; lane < 4; ++lane) {
      launch(lane);
    }
    EXPECT_EQ(device.in_flight(), 4u);
    for (int batch = 0; batch < 200; ++batch) {
      const LaunchDone done = wait_for_one(device);
      const std::uint32_t lane = raw(done.lane);
      expect_rows(reference, model, taken[lane].buffers.output, requests[lane], 3);
      device.release(done.lane);
      launch(lane);
    }
    EXPECT_THAT(device.name(), HasSubstr(std::to_string(std::min(threads, 4u)) + " thread"));
  }
}

TEST(HostDevice, OneThreadFinishesBatchesInTheOrderOfTheirLaunch) {
  const ModelSpec model = host_test_model("square");
  const TickingClock clock;
  HostDevice device({.model = model, .lanes = 3}, clock);
  for (const std::uint32_t lane : {2u, 0u, 1u}) {
    gather(device, model, LaneId{lane}, 0, 1, 1);
    ASSERT_EQ(device.launch(LaneId{lane}, clock.now()), Status::kOk);
  }
  for (const std::uint32_t lane : {2u, 0u, 1u}) {
    EXPECT_EQ(wait_for_one(device).lane, LaneId{lane});
  }
}

TEST(HostDevice, LanesOfDifferentThreadsDoNotWaitForEachOther) {
  // Lane 0 spins for an hour of this clock, lane 1 fails at once.
  const ModelSpec model = host_test_model("spin:1h");
  const TickingClock clock;
  const auto fault = [](LaneId lane, std::uint64_t) {
    return HostFault{.at_completion = lane == LaneId{1} ? Status::kInternal : Status::kOk};
  };
  HostDevice device({.model = model, .lanes = 2, .threads = 2, .fault = fault}, clock);
  for (const LaneId lane : {LaneId{0}, LaneId{1}}) {
    gather(device, model, lane, 0, 1, 1);
    ASSERT_EQ(device.launch(lane, clock.now()), Status::kOk);
  }
  EXPECT_EQ(wait_for_one(device).lane, LaneId{1});
  EXPECT_EQ(device.in_flight(), 1u);
}

TEST(HostDevice, EndsWithBatchesInFlight) {
  // An hour each by this clock: the spin that runs is cut short, the other two never begin.
  const ModelSpec model = host_test_model("spin:1h");
  const TickingClock clock;
  HostDevice device({.model = model, .lanes = 3}, clock);
  for (std::uint32_t lane = 0; lane < 3; ++lane) {
    gather(device, model, LaneId{lane}, 0, 1, 1);
    ASSERT_EQ(device.launch(LaneId{lane}, clock.now()), Status::kOk);
  }
  EXPECT_EQ(device.in_flight(), 3u);
}

}  // namespace
}  // namespace lockstep
