#include "properties/coverage/anomalies.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "core/prng.h"
#include "properties/cases/case_run.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kTriesMax = 20'000;
constexpr std::int64_t kMs = 1'000'000;

// In ms, as the specification writes them.
struct World {
  std::vector<std::int64_t> arrivals{};
  std::int64_t base = 10;  // of a batch
  std::int64_t per_row = 1;
  std::int64_t batch_rows = 4;
  std::int64_t timeout = 0;
  std::int64_t lanes = 1;
  bool shared = false;  // the lanes share one GPU
};

Case case_of(const World& world) {
  Case value{.scheduler = "tf-shared",
             .options = {{"max_batch_size", std::to_string(world.batch_rows)},
                         {"batch_timeout_micros", std::to_string(world.timeout * 1000)},
                         {"max_enqueued_batches", "100"},
                         {"num_batch_threads", std::to_string(world.lanes)}}};
  std::int64_t before = 0;
  for (const std::int64_t at : world.arrivals) {
    value.events.push_back({.gap = SimDuration{(at - before) * kMs}});
    before = at;
  }
  value.device = fmt::format("{}ms+{}ms/row", world.base, world.per_row);
  if (world.shared) {
    value.device += ",sharing=equal";
  } else {
    value.gpus = static_cast<std::uint32_t>(world.lanes);
  }
  return value;
}

// A claim, the worlds with and without what cannot hurt, and the example of the specification.
struct Claim {
  std::string_view text;
  AnomalyMeasure measure;
  World example;
  void (*help)(World& world);
  std::size_t skipped_first = 0;  // requests at the front that only the run before has
};

void add_lane(World& world) {
  ++world.lanes;
}
void make_faster(World& world) {
  --world.base;
}
void enlarge_batches(World& world) {
  ++world.batch_rows;
}
// Helpful, one would think: nobody waits without need.
void stop_waiting(World& world) {
  world.timeout = 0;
}
void remove_first(World& world) {
  world.arrivals.erase(world.arrivals.begin());
}
void come_earlier(World& world) {
  world.arrivals.front() = 0;
}

std::vector<Claim> claims() {
  return {
      {"another lane cannot hurt",
       AnomalyMeasure::kLastEnd,
       {.arrivals = {0, 6, 10, 10, 16, 20, 29, 30, 33}, .base = 7, .batch_rows = 6},
       &add_lane},
      {"another lane on the same GPU cannot hurt",
       AnomalyMeasure::kSumOfEnds,
       {.arrivals = {0, 1, 2, 3}, .shared = true},
       &add_lane},
      {"a faster GPU cannot hurt",
       AnomalyMeasure::kSumOfEnds,
       {.arrivals = {0, 1, 11}, .batch_rows = 2},
       &make_faster},
      {"larger batches cannot hurt",
       AnomalyMeasure::kSumOfLatencies,
       {.arrivals = {0, 0, 0, 0}, .per_row = 4, .batch_rows = 3},
       &enlarge_batches},
      {"not to wait for more cannot hurt",
       AnomalyMeasure::kSumOfLatencies,
       {.arrivals = {0, 1}, .batch_rows = 2, .timeout = 2},
       &stop_waiting},
      {"one request less cannot hurt the others",
       AnomalyMeasure::kSumOfEnds,
       {.arrivals = {0, 2, 3}, .batch_rows = 2},
       &remove_first,
       1},
      {"an earlier arrival cannot hurt",
       AnomalyMeasure::kSumOfEnds,
       {.arrivals = {1, 1}, .batch_rows = 2},
       &come_earlier},
  };
}

World drawn(Prng& draws, const World& like) {
  World world = like;
  world.arrivals.clear();
  std::int64_t at = static_cast<std::int64_t>(draws.below(3));
  const std::uint64_t count = 3 + draws.below(7);
  for (std::uint64_t i = 0; i < count; ++i) {
    world.arrivals.push_back(at);
    at += static_cast<std::int64_t>(draws.below(10));
  }
  world.base = 5 + static_cast<std::int64_t>(draws.below(10));
  world.per_row = 1 + static_cast<std::int64_t>(draws.below(4));
  world.batch_rows = 2 + static_cast<std::int64_t>(draws.below(5));
  world.timeout = like.timeout == 0 ? 0 : 1 + static_cast<std::int64_t>(draws.below(5));
  return world;
}

std::int64_t measured(const Case& value, AnomalyMeasure measure, std::size_t skipped) {
  RunRecord record;
  Result<MadeScheduler> made = make_registered(value);
  LOCKSTEP_CHECK(made.has_value());
  const CaseRun run = run_case(value, std::move(*made), record);
  LOCKSTEP_CHECK(run.outcome == CaseOutcome::kRan && record.broken_rule.empty());
  std::int64_t sum = 0;
  for (std::size_t i = skipped; i < record.requests.size(); ++i) {
    const RecordedRequest& request = record.requests[i];
    LOCKSTEP_CHECK(request.end.has_value());
    const std::int64_t end = ns_of(request.end->at);
    sum = measure == AnomalyMeasure::kLastEnd ? std::max(sum, end) : sum + end;
    sum -= measure == AnomalyMeasure::kSumOfLatencies ? ns_of(request.arrival.time) : 0;
  }
  return sum;
}

std::string_view measure_text(AnomalyMeasure measure) {
  switch (measure) {
    case AnomalyMeasure::kLastEnd:
      return "last answer";
    case AnomalyMeasure::kSumOfEnds:
      return "sum of the times of all answers";
    case AnomalyMeasure::kSumOfLatencies:
      return "sum of all latencies";
  }
  return "";
}

std::string shown(const Claim& claim, const World& world, const Anomaly& anomaly) {
  std::string arrivals;
  for (const std::int64_t at : world.arrivals) {
    arrivals += (arrivals.empty() ? "" : " ") + std::to_string(at);
  }
  return fmt::format(
      "'{}': arrivals at {} ms, batches of up to {} in {} ms + {} ms a row: {} {} ms, then {} ms",
      claim.text, arrivals, world.batch_rows, world.base, world.per_row,
      measure_text(claim.measure), anomaly.before_ns / kMs, anomaly.after_ns / kMs);
}

Anomaly find(const Claim& claim, std::uint64_t seed) {
  Anomaly anomaly{.claim = claim.text, .measure = claim.measure};
  Prng draws(seed, claim.text);
  World world = claim.example;
  while (!anomaly.found && anomaly.tries < kTriesMax) {
    ++anomaly.tries;
    World helped = world;
    claim.help(helped);
    anomaly.before = case_of(world);
    anomaly.after = case_of(helped);
    anomaly.before_ns = measured(anomaly.before, claim.measure, claim.skipped_first);
    anomaly.after_ns = measured(anomaly.after, claim.measure, 0);
    anomaly.found = anomaly.after_ns > anomaly.before_ns;
    if (!anomaly.found) {
      world = drawn(draws, claim.example);
    }
  }
  anomaly.text = anomaly.found ? shown(claim, world, anomaly)
                               : fmt::format("'{}': no example in {} tries", claim.text, kTriesMax);
  return anomaly;
}

}  // namespace

std::vector<Anomaly> find_anomalies(std::uint64_t seed) {
  std::vector<Anomaly> anomalies;
  for (const Claim& claim : claims()) {
    anomalies.push_back(find(claim, seed));
  }
  return anomalies;
}

}  // namespace lockstep
