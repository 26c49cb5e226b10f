#include "properties/live_scenarios.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/prng.h"

namespace lockstep {
namespace {

OptionValues drawn_options(const SchedulerInfo& info, Prng& prng, std::uint32_t lanes,
                           bool cancellable) {
  const auto pick = [&prng](std::vector<std::string> values) {
    return values[prng.below(values.size())];
  };
  OptionValues wanted = {{std::string(info.lane_option), std::to_string(lanes)},
                         {"max_batch_size", pick({"1", "2", "4", "8"})},
                         {"batch_size", pick({"1", "2", "4"})},
                         {"batch_timeout_micros", pick({"0", "1", "7", "50"})},
                         {"max_enqueued_batches", pick({"1", "3", "1000"})},
                         {"initial_in_flight_batches_limit", "1"}};
  if (prng.below(2) == 0) {  // requests larger than a batch are cut into pieces
    wanted.emplace_back("enable_large_batch_splitting", "true");
    wanted.emplace_back("max_execution_batch_size", "1");
  }
  if (cancellable) {
    wanted.insert(wanted.begin(), {{"enable_priority_aware_batch_scheduler", "true"},
                                   {"enable_lazy_cancellation_filtering", "true"},
                                   {"max_batch_size", "4"},
                                   {"batch_timeout_micros", "7"}});
  }
  OptionValues given;
  for (const auto& value : wanted) {
    const bool named = std::any_of(given.begin(), given.end(),
                                   [&](const auto& other) { return other.first == value.first; });
    if (!named && find_option(info, value.first) != nullptr) {
      given.push_back(value);
    }
  }
  return given;
}

// Around the times that the devices of these scenarios take: 1 us to 11 us.
void draw_hangs(LiveScenario& scenario, Prng& prng) {
  if (prng.below(2) == 0) {
    return;  // whoever gives up by the clock is no part of a history (live_linearization.h)
  }
  const std::vector<std::int64_t> patiences = {0, 0, 1000, 3000, 4999, 5000, 30'000};
  for (Arrival& arrival : scenario.arrivals) {
    arrival.timeout = SimDuration{patiences[prng.below(patiences.size())]};
  }
  if (prng.below(2) == 0) {
    return;
  }
  const std::vector<std::int64_t> afters = {1000, 3100, 6000, 20'000};
  const std::vector<std::int64_t> resets = {0, 1, 7000};
  scenario.watchdog = Watchdog{.after = SimDuration{afters[prng.below(afters.size())]}};
  if (prng.below(4) > 0) {
    scenario.watchdog->reset = SimDuration{resets[prng.below(resets.size())]};
  }
  scenario.slow_launch = SlowLaunch{.launch = prng.below(4), .factor = 2 + prng.below(9)};
  if (prng.below(2) == 0) {
    scenario.lost_launch = prng.below(4);
  }
}

}  // namespace

LiveScenario drawn_live_scenario(const SchedulerInfo& info, std::uint64_t seed, LiveDraw draw) {
  Prng prng(seed, "live_scenario");
  Prng apart(seed, "live_scenario.cancellable");  // a stream of its own: shifts no other draw
  const bool cancellable = draw == LiveDraw::kHostile && apart.below(2) == 0 &&
                           find_option(info, "enable_lazy_cancellation_filtering") != nullptr;
  Prng apart_too(seed, "live_scenario.threads");
  LiveScenario scenario;
  scenario.threads =
      apart_too.below(2) == 0 ? 1 : 2 + static_cast<std::uint32_t>(apart_too.below(2));
  scenario.lanes = static_cast<std::uint32_t>(prng.below(3)) + 1;
  const Result<OptionValues> options =
      complete_options(info, drawn_options(info, prng, scenario.lanes, cancellable), 8);
  LOCKSTEP_CHECK(options.has_value());
  scenario.scheduler = [&info, values = *options, seed] {
    Result<std::unique_ptr<Scheduler>> made = info.make({.values = values, .seed = seed});
    LOCKSTEP_CHECK(made.has_value());
    return std::move(*made);
  };
  scenario.gpus = prng.below(2) == 0 ? 1 : scenario.lanes;
  const std::vector<std::string> gpus = {"1us+0ns/row", "3us+100ns/row",
                                         "5us+1us/row,h2d=200ns+50ns/row",
                                         "4us+0ns/row,sharing=equal"};
  scenario.gpu = gpus[prng.below(gpus.size())];
  const std::uint64_t count = prng.below(40) + 6;
  std::int64_t now = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::vector<std::int64_t> gaps = {0, 0, 1, 999, 1000, 1001, 3000, 20'000};
    now += gaps[prng.below(gaps.size())];
    scenario.arrivals.push_back({.time = at_ns(now),
                                 .queue = QueueId{static_cast<std::uint32_t>(prng.below(2))},
                                 .size = static_cast<std::uint32_t>(prng.below(3)) + 1});
  }
  if (draw == LiveDraw::kHostile) {
    scenario.clients = 3;
    scenario.device_fails = true;
    scenario.failing_launch = prng.below(3);
    scenario.flushes = prng.below(2) == 0;
    for (int i = 0; i < 2; ++i) {
      const std::uint64_t request = prng.below(count);
      auto later = static_cast<std::int64_t>(prng.below(8000));
      later = cancellable && i == 0 ? 0 : later;  // at the instant at which it is submitted
      scenario.cancels.push_back(
          {.request = request, .at = scenario.arrivals[request].time + SimDuration{later}});
    }
    std::sort(scenario.cancels.begin(), scenario.cancels.end(),
              [](const LiveCancel& a, const LiveCancel& b) { return a.at < b.at; });
    draw_hangs(scenario, prng);
    if (apart_too.below(8) == 0) {
      scenario.stop_at = scenario.arrivals[apart_too.below(count)].time;
    }
    scenario.copy_stall = SimDuration{scenario.threads > 1 && apart_too.below(2) == 0 ? 4000 : 0};
  }
  return scenario;
}

}  // namespace lockstep
