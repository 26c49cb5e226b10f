// Random scenarios through the serial-device scheduler and through the slow reference, which takes
// every turn of every loop: the same dispatches, lanes, refusals and limits.
#include "properties/reference/tf_serial_device_reference.h"

#include <algorithm>
#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using reference::SerialArrival;
using reference::SerialExecution;
using reference::SerialOutcome;
using support::Scenario;
using support::SeenBatch;
using support::SeenEnd;

constexpr std::uint64_t kScenarioCount = 4'000;

struct Script {
  TfSerialDeviceOptions options;
  std::vector<SerialArrival> arrivals;
  std::vector<SerialExecution> executions;
};

template <typename T, std::size_t kCount>
T pick(Prng& prng, const std::array<T, kCount>& from) {
  return from[prng.below(kCount)];
}

std::int64_t below(Prng& prng, std::int64_t bound) {
  return static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(bound)));
}

Script draw_script(std::uint64_t seed) {
  Prng prng(seed, "tf-serial-device-scenario");
  Script script;
  TfSerialDeviceOptions& options = script.options;
  options.num_batch_threads = 1 + below(prng, 6);
  options.initial_in_flight_batches_limit = 1 + below(prng, options.num_batch_threads);
  options.full_batch_scheduling_boost_micros =
      pick(prng, std::array<std::int64_t, 4>{0, 0, 400, 5'000});
  options.batches_to_average_over = pick(prng, std::array<std::int64_t, 4>{1, 2, 5, 11});
  options.target_pending =
      *TfReal::parse(pick(prng, std::array<std::string_view, 5>{"0.5", "1", "1.3", "2", "3.5"}));
  for (std::uint64_t left = 1 + prng.below(3); left > 0; --left) {
    options.queues.push_back(
        {.max_batch_size = pick(prng, std::array<std::int64_t, 4>{1, 2, 5, 20}),
         .max_enqueued_batches = pick(prng, std::array<std::int64_t, 3>{1, 3, 100})});
  }
  // From a tenth of the idle sleep to several of them, not only in whole microseconds.
  const auto service =
      pick(prng, std::array<std::int64_t, 5>{0, 90'001, 500'000, 999'999, 4'000'000});
  for (std::uint64_t left = 1 + prng.below(7); left > 0; --left) {
    script.executions.push_back({SimDuration{below(prng, 2 * service + 1)}, below(prng, 6)});
  }
  const auto gap = pick(prng, std::array<std::int64_t, 4>{20'000, 150'000, 700'000, 3'000'000});
  std::int64_t now = pick(prng, std::array<std::int64_t, 4>{0, 999'999, 1'000'000, 5'432'100});
  for (std::uint64_t left = 20 + prng.below(prng.below(8) == 0 ? 300 : 60); left > 0; --left) {
    now += pick(prng, std::array<std::int64_t, 5>{0, 0, below(prng, gap), gap, 1'000'000});
    const auto queue = static_cast<std::uint32_t>(prng.below(options.queues.size()));
    const std::int64_t rows_max = options.queues[queue].max_batch_size;
    const std::int64_t rows = 1 + below(prng, prng.below(10) == 0 ? rows_max + 1 : rows_max);
    script.arrivals.push_back({at_ns(now), queue, static_cast<std::uint32_t>(rows)});
  }
  return script;
}

std::string dispatch_text(const SeenBatch& batch) {
  std::string text = "@" + std::to_string(ns_of(batch.record.dispatched)) + " q" +
                     std::to_string(raw(batch.record.queue)) + " lane" +
                     std::to_string(raw(batch.record.lane)) + " [";
  for (std::size_t i = 0; i < batch.members.size(); ++i) {
    text += (i == 0 ? "" : ",") + batch.members[i];
  }
  return text + "]";
}

SerialOutcome run_scheduler(const Script& script) {
  Scenario scenario(support::tf_serial_device(script.options));
  for (std::size_t i = 0; i < script.arrivals.size(); ++i) {
    const SerialArrival& arrival = script.arrivals[i];
    scenario.at(arrival.at.time_since_epoch())
        .arrive(std::to_string(i), {.rows = arrival.rows, .queue = arrival.queue});
    const SerialExecution& execution = script.executions[i % script.executions.size()];
    scenario.batch_takes(i, execution.duration)
        .pending_after(i, execution.pending_after.value_or(0));
  }
  scenario.run();
  SerialOutcome outcome;
  for (const SeenBatch& batch : scenario.batches()) {
    outcome.dispatches.push_back(dispatch_text(batch));
  }
  for (const SeenEnd& end : scenario.ends()) {
    if (!end.was_in_a_batch) {
      outcome.refusals.push_back("@" + std::to_string(ns_of(end.at)) + " refused " + end.request +
                                 " " + std::string(status_name(end.status)));
    }
  }
  outcome.limit = scenario.server().scheduler().in_flight_limit();
  EXPECT_THAT(scenario.unanswered(), ::testing::IsEmpty());
  return outcome;
}

TEST(TfSerialDeviceReference, DoesTheSameOnRandomScenarios) {
  std::uint64_t ended = 0;
  std::uint64_t added = 0;
  std::uint64_t skipped = 0;
  std::uint64_t refused = 0;
  for (std::uint64_t seed = 1; seed <= kScenarioCount; ++seed) {
    const Script script = draw_script(seed);
    const SerialOutcome expected =
        reference::run_serial_device(script.options, script.arrivals, script.executions);
    const SerialOutcome got = run_scheduler(script);
    ASSERT_EQ(got.dispatches, expected.dispatches) << "seed " << seed;
    ASSERT_EQ(got.refusals, expected.refusals) << "seed " << seed;
    ASSERT_EQ(got.limit, expected.limit) << "seed " << seed;
    ended += expected.loops_ended > 0 ? 1u : 0u;
    added += expected.loops_added > 0 ? 1u : 0u;
    skipped += expected.skipped > 0 ? 1u : 0u;
    refused += expected.refusals.empty() ? 0u : 1u;
  }
  // None of these is a rare guest in the scenarios.
  EXPECT_GT(ended, kScenarioCount / 8);
  EXPECT_GT(added, kScenarioCount / 8);
  EXPECT_GT(skipped, kScenarioCount / 8);
  EXPECT_GT(refused, kScenarioCount / 8);
}

}  // namespace
}  // namespace lockstep
