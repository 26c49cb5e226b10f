// The guaranteed latency is never exceeded, and the hunt comes within 5 % of it.
#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/schedulers/registry.h"
#include "properties/bound/hunt.h"
#include "properties/bound/worst_case.h"
#include "properties/cases/case_run.h"
#include "sim/device_text.h"
#include "tests/properties/drawn_cases.h"

namespace lockstep {
namespace {

struct Setting {
  HuntShape shape;
  std::uint32_t gpus = 1;
  bool splits = false;
  std::int64_t poll_us = 0;
  std::string device = "1:100us,1000:100us";
};

Case base_of(const Setting& setting) {
  Case base{
      .scheduler = "tf-shared",
      .options = {{"max_batch_size", std::to_string(setting.shape.rows_max)},
                  {"batch_timeout_micros", std::to_string(setting.shape.timeout.count() / 1000)},
                  {"max_enqueued_batches", std::to_string(setting.shape.batches_max)},
                  {"num_batch_threads", std::to_string(setting.shape.lanes)}},
      .device = setting.device,
      .gpus = setting.gpus};
  if (setting.poll_us > 0) {
    base.options.emplace_back("idle_poll_micros", std::to_string(setting.poll_us));
  }
  if (setting.splits) {
    base.options.emplace_back("enable_large_batch_splitting", "true");
  }
  return base;
}

// The hunt's latency in thousandths of the bound.
std::int64_t hunted_share(const Setting& setting) {
  const Case base = base_of(setting);
  const DeviceDescription device = *parse_device(setting.device);
  const WorstCase worst =
      worst_case(make_registered(base)->rules, device, setting.gpus, setting.shape.queues);
  EXPECT_EQ(worst.no_bound, "");
  HuntShape shape = setting.shape;
  shape.batch_max = worst.inputs.batch_max;
  shape.poll = worst.inputs.poll;
  const HuntResult found = hunt_worst_latency(base, shape);
  EXPECT_LE(found.latency, worst.bound.value());
  return found.latency.count() * 1000 / worst.bound.value().count();
}

TEST(LatencyBound, IsReachedWithinFivePercent) {
  for (const std::uint32_t lanes : {1u, 2u, 4u}) {
    for (const std::uint32_t gpus : {1u, lanes}) {
      for (const std::uint32_t queues : {1u, 2u, 3u, 5u}) {
        for (const std::uint32_t batches : {1u, 2u, 4u}) {
          for (const std::int64_t timeout : {0, 50'000, 3'000'000}) {
            for (const bool splits : {false, true}) {
              const Setting setting{.shape = {.lanes = lanes,
                                              .queues = queues,
                                              .batches_max = batches,
                                              .rows_max = 4,
                                              .timeout = SimDuration{timeout}},
                                    .gpus = gpus,
                                    .splits = splits};
              const std::int64_t share = hunted_share(setting);
              EXPECT_TRUE(share >= 950) << fmt::format(
                  "{} lanes, {} GPUs, {} queues of {} batches, time-out {} ns{}: {}", lanes, gpus,
                  queues, batches, timeout, splits ? ", splitting" : "", share);
            }
          }
        }
      }
    }
  }
}

// As TF-Serving's threads do: they look once a millisecond.
TEST(LatencyBound, IsReachedByPollingThreads) {
  for (const std::uint32_t lanes : {1u, 2u, 3u}) {
    for (const std::uint32_t queues : {1u, 3u}) {
      const Setting setting{.shape = {.lanes = lanes,
                                      .queues = queues,
                                      .batches_max = 10,
                                      .rows_max = 32,
                                      .timeout = SimDuration{5'000'000}},
                            .poll_us = 1000,
                            .device = "3ms+50us/row"};
      const std::int64_t share = hunted_share(setting);
      EXPECT_GE(share, 950) << lanes << " lanes, " << queues << " queues";
    }
  }
}

TEST(LatencyBound, HoldsForDevicesThatItIsLooseFor) {
  for (const std::string device :
       {"1ms+50us/row", "1ms+50us/row,jitter=0.8@0/1@50/1.7@99", "1:2ms,8:3ms,32:6.5ms",
        "200us+10us/row,h2d=20us+3us/row,d2h=5us+1us/row", "100us+5us/row,sharing=equal"}) {
    for (const std::uint32_t gpus : {1u, 2u}) {
      const Setting setting{.shape = {.lanes = 3,
                                      .queues = 3,
                                      .batches_max = 3,
                                      .rows_max = 8,
                                      .timeout = SimDuration{700'000}},
                            .gpus = gpus,
                            .device = device};
      const std::int64_t share = hunted_share(setting);
      EXPECT_TRUE(share >= 500) << device << " on " << gpus << ": " << share;
    }
  }
}

// Not the traffic of the hunt, and not the measured times of L7: those of the device.
TEST(LatencyBound, HoldsOnDrawnTraffic) {
  const SchedulerInfo& info = *find_scheduler("tf-shared");
  int judged = 0;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    Case value = CaseDrawer(info, seed).draw();
    value.device = seed % 2 == 0 ? "10us+3us/row" : "1:10us,1000:60us";
    value.faults.clear();
    value.gpus = 1 + static_cast<std::uint32_t>(seed % 3);
    Result<MadeScheduler> made = make_registered(value);
    if (!made) {
      continue;
    }
    const WorstCase worst = worst_case(made->rules, *parse_device(value.device), value.gpus, 4);
    if (worst.no_bound.empty()) {
      ++judged;
      EXPECT_LE(worst_latency(value), worst.bound.value()) << "case " << seed;
    }
  }
  EXPECT_GE(judged, 300);
}

TEST(LatencyBound, SaysWhyThereIsNone) {
  const DeviceDescription device = *parse_device("1ms+50us/row");
  const auto reason = [&](const std::string& scheduler, const OptionValues& options) {
    return worst_case(make_registered({.scheduler = scheduler, .options = options})->rules, device,
                      1, 1)
        .no_bound;
  };
  EXPECT_EQ(reason("tf-shared", {}), "");
  EXPECT_NE(reason("tf-adaptive", {{"initial_in_flight_batches_limit", "2"}}), "");
  EXPECT_NE(reason("tf-shared", {{"rank_queues", "true"}}), "");
  EXPECT_NE(reason("tf-shared", {{"retrier", "true"}}), "");
  EXPECT_NE(reason("tf-shared", {{"enable_priority_queue", "true"}}), "");
  EXPECT_NE(reason("tf-shared", {{"max_batch_size", "8"},
                                 {"allowed_batch_sizes", "4,8"},
                                 {"batch_padding_policy", "BATCH_DOWN"}}),
            "");
}

// By hand: one lane, one queue of two batches, no time-out, batches of 1 ms: the one that runs, the
// one ahead, its own.
TEST(LatencyBound, OfTheSmallestCase) {
  EXPECT_EQ(latency_bound({.batches_max = 2,
                           .batch_max = SimDuration{1'000'000},
                           .underfull_max = SimDuration{1'000'000}})
                .value(),
            SimDuration{3'000'000});
}

}  // namespace
}  // namespace lockstep
