// The minimiser: same property, few runs, small cases.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "properties/minimise/minimise_case.h"

namespace lockstep {
namespace {

// A hostile case of `requests` requests, with everything switched on.
Case large_case(std::uint64_t seed, int requests) {
  Prng prng(seed, "minimise-test");
  Case value{.scheduler = "tf-shared",
             .options = {{"max_batch_size", "8"},
                         {"batch_timeout_micros", "2000"},
                         {"num_batch_threads", "3"},
                         {"rank_queues", "true"}},
             .queues = {{{"max_batch_size", "4"}}},
             .seed = 99};
  for (int i = 0; i < requests; ++i) {
    const std::uint64_t bits = prng.next();
    value.events.push_back({.gap = SimDuration{static_cast<std::int64_t>(bits % 3'000'000)},
                            .queue = static_cast<std::uint32_t>(bits / 4'000'000 % 4),
                            .rows = static_cast<std::uint32_t>(1 + bits / 16'000'000 % 6),
                            .priority = static_cast<std::uint8_t>(bits / 128'000'000 % 4),
                            .timeout = SimDuration{static_cast<std::int64_t>(bits % 5'000)}});
    if (bits % 11 == 0) {
      value.events.push_back({.kind = CaseEventKind::kCancel, .request = 1});
    }
  }
  for (int i = 0; i < 20; ++i) {
    value.executions.push_back({.takes = SimDuration{1'234'567 + i}});
    value.ties.push_back(static_cast<std::uint8_t>(i % 3));
  }
  return value;
}

// Broken by two requests of 5 rows or more, less than 1 ms apart, with a request of another queue
// between them: three requests that belong together, somewhere.
bool has_pattern(const Case& value) {
  const auto& events = value.events;
  for (std::size_t i = 0; i + 2 < events.size(); ++i) {
    if (events[i].kind == CaseEventKind::kArrive && events[i].rows >= 5 &&
        events[i + 1].kind == CaseEventKind::kArrive && events[i + 1].queue != events[i].queue &&
        events[i + 2].kind == CaseEventKind::kArrive && events[i + 2].rows >= 5 &&
        events[i + 2].queue == events[i].queue &&
        events[i + 1].gap + events[i + 2].gap < SimDuration{4'000'000}) {
      return true;
    }
  }
  return false;
}

TEST(Minimiser, FindsTheFewRequestsThatMatterWithinItsRuns) {
  int tried = 0;
  for (std::uint64_t seed = 1; seed <= 60 && tried < 20; ++seed) {
    const Case failing = large_case(seed, 240);
    if (!has_pattern(failing)) {
      continue;
    }
    ++tried;
    std::uint64_t runs = 0;
    const MinimisedCase minimal = minimise_case(failing, "X1", [&](const Case& value) {
      ++runs;
      return std::string(has_pattern(value) ? "X1" : "");
    });
    EXPECT_TRUE(has_pattern(minimal.value));
    EXPECT_EQ(arrival_count(minimal.value), 3u) << "seed " << seed;
    EXPECT_EQ(minimal.value.events.size(), 3u);
    EXPECT_TRUE(minimal.value.options.empty());
    EXPECT_TRUE(minimal.value.queues.empty());
    EXPECT_TRUE(minimal.value.ties.empty());
    EXPECT_TRUE(minimal.value.executions.empty());
    EXPECT_EQ(minimal.value.events[0].rows, 5u);
    EXPECT_EQ(minimal.value.events[0].gap, SimDuration{0});
    EXPECT_EQ(minimal.runs, runs);
    EXPECT_LE(runs, 2000u);
    EXPECT_FALSE(minimal.exhausted);
  }
  EXPECT_EQ(tried, 20);
}

TEST(Minimiser, NeverFollowsAnotherProperty) {
  // Below 10 requests something else is broken.
  const MinimisedCase minimal = minimise_case(
      large_case(1, 60), "X1",
      [](const Case& value) -> std::string { return arrival_count(value) >= 10 ? "X1" : "X2"; });
  EXPECT_EQ(arrival_count(minimal.value), 10u);
}

TEST(Minimiser, StopsAtItsLimitWithTheBestSoFar) {
  std::uint64_t better = 0;
  Case last;
  const MinimisedCase minimal = minimise_case(
      large_case(1, 240), "X1",
      [](const Case& value) { return std::string(arrival_count(value) >= 100 ? "X1" : ""); },
      {.run_limit = 40, .on_better = [&](const Case& value) {
         ++better;
         last = value;
       }});
  EXPECT_EQ(minimal.runs, 40u);
  EXPECT_TRUE(minimal.exhausted);
  EXPECT_GT(better, 0u);
  EXPECT_EQ(last, minimal.value);
}

TEST(Minimiser, CountsARunThatHangsForMany) {
  const auto runs_with = [](std::uint64_t runs_of_a_hang) {
    return minimise_case(large_case(1, 240), "X1",
                         [](const Case& value) {
                           return std::string(arrival_count(value) >= 100 ? "X1" : "R5");
                         },
                         {.run_limit = 60, .runs_of_a_hang = runs_of_a_hang})
        .runs;
  };
  EXPECT_EQ(runs_with(1), 60u);
  EXPECT_LT(runs_with(20), 60u);
  EXPECT_GE(runs_with(20), 3u);  // two hangs leave 20 of the 60, a third ends it
}

}  // namespace
}  // namespace lockstep
