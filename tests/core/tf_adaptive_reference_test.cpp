// Random scenarios through the adaptive scheduler and through the slow reference: the same
// dispatches, lanes, express starts, refusals, draws and limits.
#include "properties/reference/tf_adaptive_reference.h"

#include <algorithm>
#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using reference::AdaptiveArrival;
using reference::AdaptiveOutcome;
using support::Scenario;
using support::SeenBatch;
using support::SeenEnd;

constexpr std::uint64_t kScenarioCount = 4'000;

struct Script {
  TfAdaptiveOptions options;
  std::uint64_t seed = 0;
  std::vector<AdaptiveArrival> arrivals;
  std::vector<SimDuration> durations;
};

template <typename T, std::size_t kCount>
T pick(Prng& prng, const std::array<T, kCount>& from) {
  return from[prng.below(kCount)];
}

std::int64_t below(Prng& prng, std::int64_t bound) {
  return static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(bound)));
}

TfAdaptiveQueueOptions draw_queue(Prng& prng) {
  TfAdaptiveQueueOptions queue;
  queue.max_batch_size = pick(prng, std::array<std::int64_t, 5>{1, 2, 4, 10, 32});
  queue.max_enqueued_batches = pick(prng, std::array<std::int64_t, 4>{1, 2, 3, 100});
  queue.batch_timeout_micros = pick(prng, std::array<std::int64_t, 6>{-1, 0, 0, 3, 10, 40});
  queue.enable_large_batch_splitting = prng.below(3) == 0;
  if (prng.below(4) == 0) {
    queue.max_tasks_per_batch = 1 + below(prng, 4);
  }
  if (prng.below(4) == 0) {
    queue.max_input_task_size = queue.max_batch_size + below(prng, 20);
  }
  return queue;
}

std::uint32_t draw_rows(Prng& prng, std::int64_t rows_max) {
  switch (prng.below(12)) {
    case 0:
      return 0;
    case 1:
      return static_cast<std::uint32_t>(rows_max);
    case 2:
      return static_cast<std::uint32_t>(rows_max + 1 + below(prng, 2 * rows_max));
    default:
      return static_cast<std::uint32_t>(1 + below(prng, std::max<std::int64_t>(rows_max / 2, 1)));
  }
}

Script draw_script(std::uint64_t seed) {
  Prng prng(seed, "tf-adaptive-scenario");
  Script script;
  script.seed = seed;
  TfAdaptiveOptions& options = script.options;
  options.num_batch_threads = 1 + below(prng, 6);
  options.min_in_flight_batches_limit = 1 + below(prng, options.num_batch_threads);
  const std::int64_t spare = options.num_batch_threads - options.min_in_flight_batches_limit;
  const std::int64_t eighths = 8 * options.min_in_flight_batches_limit + below(prng, 8 * spare + 1);
  options.initial_in_flight_batches_limit = *TfReal::parse(
      std::to_string(eighths / 8) + "." + std::to_string(eighths % 8 * 125 + 1000).substr(1));
  options.full_batch_scheduling_boost_micros =
      pick(prng, std::array<std::int64_t, 4>{0, 0, 7, 1000});
  options.batches_to_average_over = pick(prng, std::array<std::int64_t, 4>{1, 2, 5, 1000});
  options.fifo_scheduling = prng.below(4) == 0;
  for (std::uint64_t left = 1 + prng.below(3); left > 0; --left) {
    options.queues.push_back(draw_queue(prng));
  }
  const auto service = pick(prng, std::array<std::int64_t, 5>{0, 999, 3'000, 10'001, 40'000});
  for (std::uint64_t left = 1 + prng.below(5); left > 0; --left) {
    script.durations.push_back(SimDuration{below(prng, 2 * service + 1)});
  }
  std::int64_t now = 0;
  for (std::uint64_t left = 20 + prng.below(prng.below(8) == 0 ? 300 : 60); left > 0; --left) {
    now += pick(prng, std::array<std::int64_t, 6>{0, 0, 1, 700, 3'000, 10'000});
    const auto queue = static_cast<std::uint32_t>(prng.below(options.queues.size()));
    script.arrivals.push_back(
        {at_ns(now), queue, draw_rows(prng, options.queues[queue].max_batch_size)});
  }
  return script;
}

std::string dispatch_text(const SeenBatch& batch) {
  std::string text = "@" + std::to_string(ns_of(batch.record.dispatched)) + " q" +
                     std::to_string(raw(batch.record.queue)) + " lane" +
                     std::to_string(raw(batch.record.lane)) +
                     (batch.record.reason == Reason::kExpress ? " x[" : " [");
  for (std::size_t i = 0; i < batch.members.size(); ++i) {
    text += (i == 0 ? "" : ",") + batch.members[i] + ":" + std::to_string(batch.member_rows[i]);
  }
  return text + "]";
}

AdaptiveOutcome run_scheduler(const Script& script) {
  Scenario scenario(support::tf_adaptive(script.options, script.seed));
  for (std::size_t i = 0; i < script.arrivals.size(); ++i) {
    const AdaptiveArrival& arrival = script.arrivals[i];
    scenario.at(arrival.at.time_since_epoch())
        .arrive(std::to_string(i), {.rows = arrival.rows, .queue = arrival.queue});
  }
  // Pieces make more batches than requests.
  for (std::size_t batch = 0; batch < 8 * script.arrivals.size(); ++batch) {
    scenario.batch_takes(batch, script.durations[batch % script.durations.size()]);
  }
  scenario.run();
  AdaptiveOutcome outcome;
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
  EXPECT_THAT(scenario.unanswered(), ::testing::IsEmpty()) << "seed " << script.seed;
  return outcome;
}

TEST(TfAdaptiveReference, DoesTheSameOnRandomScenarios) {
  std::uint64_t express = 0;
  std::uint64_t draws = 0;
  std::uint64_t split = 0;
  std::uint64_t refused = 0;
  std::uint64_t moved = 0;
  for (std::uint64_t seed = 1; seed <= kScenarioCount; ++seed) {
    const Script script = draw_script(seed);
    const AdaptiveOutcome expected =
        reference::run_adaptive(script.options, seed, script.arrivals, script.durations);
    const AdaptiveOutcome got = run_scheduler(script);
    ASSERT_EQ(got.dispatches, expected.dispatches) << "seed " << seed;
    ASSERT_EQ(got.refusals, expected.refusals) << "seed " << seed;
    ASSERT_EQ(got.limit, expected.limit) << "seed " << seed;
    draws += expected.draws;
    refused += expected.refusals.empty() ? 0u : 1u;
    moved += got.limit == script.options.initial_in_flight_batches_limit.text() ? 0u : 1u;
    split += std::any_of(script.options.queues.begin(), script.options.queues.end(),
                         [](const auto& queue) { return queue.enable_large_batch_splitting; })
                 ? 1u
                 : 0u;
    express +=
        std::any_of(expected.dispatches.begin(), expected.dispatches.end(),
                    [](const std::string& line) { return line.find(" x[") != std::string::npos; })
            ? 1u
            : 0u;
  }
  // None of these is a rare guest in the scenarios.
  EXPECT_GT(express, kScenarioCount / 4);
  EXPECT_GT(split, kScenarioCount / 4);
  EXPECT_GT(refused, kScenarioCount / 4);
  EXPECT_GT(moved, kScenarioCount / 4);
  EXPECT_GT(draws, kScenarioCount);
}

}  // namespace
}  // namespace lockstep
