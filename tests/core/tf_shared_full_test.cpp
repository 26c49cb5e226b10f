// The full scheduler where scenarios of sizes cannot look: reasons, due times, joined answers,
// expiry; and that without options it is the plain one.
#include "core/schedulers/tf_shared_full.h"

#include <algorithm>
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/schedulers/tf_shared.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using support::Scenario;
using support::SchedulerUnderTest;
using support::tf_shared;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

SchedulerUnderTest full(const TfSharedOptions& options) {
  return {make_tf_shared_full(options), static_cast<std::uint32_t>(options.num_batch_threads),
          static_cast<std::uint32_t>(options.max_batch_size)};
}

TfSharedOptions one_lane(std::int64_t rows, std::int64_t timeout) {
  return TfSharedOptions{
      .max_batch_size = rows, .batch_timeout_micros = timeout, .num_batch_threads = 1};
}

TEST(TfSharedFull, ASplitRequestIsAnsweredWithItsLastPiece) {
  TfSharedOptions options = one_lane(20, 100);
  options.extras.enable_large_batch_splitting = true;
  options.extras.max_execution_batch_size = 4;
  Scenario s(tf_shared(options));
  s.every_batch_takes(10us);
  s.at(0us).arrive("a", {.rows = 3}).arrive("b", {.rows = 6});
  s.run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a,b] full due 0ns lane0", "@10us q0[b] full due 0ns lane0",
                          "@100us q0[b] timeout due 100us lane0"));
  EXPECT_THAT(s.answers(), ElementsAre("@10us a OK answered", "@110us b OK answered"));
}

TEST(TfSharedFull, LowPriorityBatchesSayWhyTheyLeft) {
  TfSharedOptions options = one_lane(10, 100);
  options.extras.enable_priority_queue = true;
  options.extras.mixed_priority_batching_policy = TfMixedPolicy::kIsolation;
  options.extras.low = {
      .max_execution_batch_size = 4, .batch_timeout_micros = 50, .max_enqueued_batches = 1};
  Scenario s(tf_shared(options));
  s.every_batch_takes(200us);
  s.at(0us).arrive("a", {.rows = 4, .priority = 1}).arrive("b", {.priority = 2});
  s.at(300us).arrive("c", {.rows = 5, .priority = 1});
  s.at(400us).arrive("d", {.rows = 3, .priority = 1}).arrive("e", {.rows = 2, .priority = 1});
  s.run();
  EXPECT_THAT(
      s.dispatches_with_due_times(),
      ElementsAre("@0ns q0[a] low-full due 0ns lane0", "@200us q0[b] low-timeout due 50us lane0",
                  "@450us q0[d] low-timeout due 450us lane0"));
  EXPECT_THAT(s.refusals(),
              ElementsAre("@300us c UNAVAILABLE too-large", "@400us e UNAVAILABLE queue-full"));
}

TEST(TfSharedFull, MergeSaysThatLowPriorityRowsFilledTheBatch) {
  TfSharedOptions options = one_lane(10, 100);
  options.extras.enable_priority_queue = true;
  options.extras.mixed_priority_batching_policy = TfMixedPolicy::kMerge;
  options.extras.low = {
      .max_execution_batch_size = 10, .batch_timeout_micros = 100, .max_enqueued_batches = 2};
  Scenario s(tf_shared(options));
  s.at(0us).arrive("a", {.rows = 6});
  s.at(5us).arrive("b", {.rows = 4, .priority = 1});
  s.run();
  EXPECT_THAT(s.dispatches(), ElementsAre("@5us q0[a,b] merged lane0"));
}

TEST(TfSharedFull, ABatchIsExecutedWithTheNextAllowedSize) {
  TfSharedOptions options = one_lane(8, 10);
  options.extras.allowed_batch_sizes = {2, 8};
  Scenario s(tf_shared(options));
  s.at(0us).arrive("a", {.rows = 3});
  s.run();
  EXPECT_EQ(s.batches().at(0).record.rows, 3u);
  EXPECT_EQ(s.batches().at(0).record.padded_rows, 8u);
}

// What the run measures decides: 3 rows cost less padded to 4 only after that was seen.
TEST(TfSharedFull, MeasuredBatchesTeachTheCostPolicy) {
  TfSharedOptions options = one_lane(8, 10);
  options.extras.allowed_batch_sizes = {2, 4};
  options.extras.batch_padding_policy = TfPaddingPolicy::kMinimizeCost;
  Scenario s(tf_shared(options));
  s.batch_takes(0, 20us).batch_takes(1, 40us);
  s.at(0us).arrive("two", {.rows = 2});
  s.at(100us).arrive("four", {.rows = 4});
  s.at(200us).arrive("a").arrive("b").arrive("c");
  s.run();
  EXPECT_THAT(s.members_at(),
              ElementsAre("@10us q0[two]", "@110us q0[four]", "@210us q0[a,b]", "@216us q0[c]"));
}

TfSharedOptions aware(std::int64_t depth) {
  TfSharedOptions options = one_lane(10, 50);
  options.extras.enable_priority_aware_batch_scheduler = true;
  options.extras.max_queue_depth = depth;
  return options;
}

TEST(TfSharedFull, EvictionEndsARequestAndAllItsWaitingPieces) {
  TfSharedOptions options = aware(12);
  options.max_batch_size = 100;
  options.extras.enable_large_batch_splitting = true;
  options.extras.max_execution_batch_size = 4;
  Scenario s(tf_shared(options));
  s.hold_batch(0).at(0us).arrive("cut", {.rows = 12, .priority = 1});
  s.at(1us).arrive("urgent", {.rows = 5, .priority = 4}).at(2us).release(0);
  s.run();
  EXPECT_THAT(s.refusals(), ElementsAre("@1us cut UNAVAILABLE evicted"));
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[cut]", "@2us q0[urgent]", "@51us q0[urgent]"));
  EXPECT_THAT(s.unanswered(), IsEmpty());
}

// --- expiry: one nanosecond before, exactly at

std::vector<Status> ends_with_deadline(SimDuration deadline, bool lazy) {
  struct Ends final : EventSink {
    void request_ended(const RequestEnd& end) override { statuses.push_back(end.status); }
    std::vector<Status> statuses;
  };
  TfSharedOptions options = aware(100);
  options.extras.enable_lazy_cancellation_filtering = lazy;
  Ends ends;
  Server server(make_tf_shared_full(options), ServerOptions{.lane_count = 1}, &ends);
  server.arrive({.timeout = deadline});
  server.timer(server.wake_at());  // 50 us
  if (!server.started().empty()) {
    server.batch_done({.now = SimTime{50us}, .lane = LaneId{0}});
  }
  return ends.statuses;
}

TEST(TfSharedFull, LazyFilteringDropsWhatExpiredBeforeItsBatch) {
  EXPECT_THAT(ends_with_deadline(50us + 1ns, true), ElementsAre(Status::kOk));
  EXPECT_THAT(ends_with_deadline(50us, true), ElementsAre(Status::kDeadlineExceeded));
  EXPECT_THAT(ends_with_deadline(50us, false), ElementsAre(Status::kOk));
}

// --- without options: the plain scheduler, decision by decision

// Nothing arrives at a closed queue: that is an error of the program around it (TF 2.10).
Scenario& random_script(Scenario& s, Prng& prng, std::uint32_t limit) {
  SimDuration now{0};
  std::array<bool, 3> closed{};
  for (int i = 0; i < 60; ++i) {
    now += std::chrono::nanoseconds(prng.below(3) == 0 ? 0 : prng.below(9'000));
    s.at(now);
    const auto queue = static_cast<std::uint32_t>(prng.below(3));
    if (closed[queue]) {
      continue;
    }
    if (prng.below(40) == 0) {
      closed[queue] = true;
      s.close_queue(queue);
      continue;
    }
    const auto rows = static_cast<std::uint32_t>(1 + prng.below(limit + 1));
    s.arrive(std::to_string(i), {.rows = rows, .queue = queue});
  }
  return s.every_batch_takes(std::chrono::nanoseconds(prng.below(20'000)));
}

TEST(TfSharedFull, WithoutOptionsItIsThePlainScheduler) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Prng prng(seed, "tf-shared-full");
    const auto limit = static_cast<std::int64_t>(1 + prng.below(8));
    TfSharedOptions options = one_lane(limit, static_cast<std::int64_t>(prng.below(3) * 7));
    options.max_enqueued_batches = static_cast<std::int64_t>(prng.below(4));
    options.num_batch_threads = static_cast<std::int64_t>(1 + prng.below(3));
    options.queues.assign(3, TfQueueOptions{.max_batch_size = options.max_batch_size,
                                            .batch_timeout_micros = options.batch_timeout_micros,
                                            .max_enqueued_batches = options.max_enqueued_batches});
    const auto journal = [&](SchedulerUnderTest under_test) {
      Prng script = prng;
      Scenario s(std::move(under_test));
      random_script(s, script, static_cast<std::uint32_t>(options.max_batch_size));
      return s.keep_journal().run().journal_lines();
    };
    const std::vector<std::string> seen = journal(full(options));
    const std::vector<std::string> expected = journal(tf_shared(options));
    for (std::size_t i = 0; i < std::min(seen.size(), expected.size()); ++i) {
      ASSERT_EQ(seen[i], expected[i]) << "seed " << seed << ", line " << i;
    }
    ASSERT_EQ(seen.size(), expected.size()) << "seed " << seed;
  }
}

// --- any options: the server's checks hold, and nobody is lost but by a known quirk

TfQueueExtras random_extras(Prng& prng, std::int64_t limit) {
  TfQueueExtras extras;
  extras.enable_large_batch_splitting = prng.below(2) == 0;
  extras.max_execution_batch_size =
      1 + static_cast<std::int64_t>(prng.below(static_cast<std::uint64_t>(limit)));
  for (std::int64_t size = 1 + static_cast<std::int64_t>(prng.below(3)); size <= limit; size *= 2) {
    extras.allowed_batch_sizes.push_back(size);
  }
  extras.disable_padding = prng.below(4) == 0;
  extras.batch_padding_policy = static_cast<TfPaddingPolicy>(prng.below(3));
  extras.enable_priority_queue = prng.below(2) == 0;
  extras.low = {.max_execution_batch_size = static_cast<std::int64_t>(prng.below(12)),
                .batch_timeout_micros = static_cast<std::int64_t>(prng.below(20)),
                .max_enqueued_batches = static_cast<std::int64_t>(prng.below(5))};
  extras.enable_priority_aware_batch_scheduler = prng.below(3) == 0;
  extras.max_queue_depth = 1 + static_cast<std::int64_t>(prng.below(30));
  extras.enable_task_resplit = prng.below(2) == 0;
  if (!extras.enable_priority_aware_batch_scheduler) {
    extras.mixed_priority_batching_policy = static_cast<TfMixedPolicy>(prng.below(4));
  }
  return extras;
}

TEST(TfSharedFull, AnyOptionsKeepTheContract) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Prng prng(seed, "tf-shared-any");
    TfSharedOptions options = one_lane(4, 7);
    options.num_batch_threads = static_cast<std::int64_t>(1 + prng.below(3));
    options.rank_queues = prng.below(4) == 0;
    for (int queue = 0; queue < 2; ++queue) {
      const auto limit = static_cast<std::int64_t>(1 + prng.below(16));
      options.queues.push_back(
          {.max_batch_size = limit,
           .batch_timeout_micros = static_cast<std::int64_t>(prng.below(20)),
           .max_enqueued_batches = static_cast<std::int64_t>(1 + prng.below(4)),
           .extras = random_extras(prng, limit)});
    }
    Scenario s(tf_shared(options));
    SimDuration now{0};
    for (int i = 0; i < 80; ++i) {
      now += std::chrono::nanoseconds(prng.below(3) == 0 ? 0 : prng.below(9'000));
      const auto rows = static_cast<std::uint32_t>(1 + prng.below(17));
      const auto queue = static_cast<std::uint32_t>(prng.below(2));
      const auto priority = static_cast<std::uint8_t>(prng.below(5));
      s.at(now).arrive(std::to_string(i), {.rows = rows, .queue = queue, .priority = priority});
    }
    s.every_batch_takes(std::chrono::nanoseconds(prng.below(20'000))).run();
    const bool may_starve =
        std::any_of(options.queues.begin(), options.queues.end(), [&](const auto& queue) {
          return queue.extras.enable_priority_queue ||
                 queue.extras.enable_priority_aware_batch_scheduler;
        });
    ASSERT_TRUE(may_starve || s.unanswered().empty()) << "seed " << seed;
    ASSERT_EQ(s.ends().size() + s.unanswered().size(), 80u) << "seed " << seed;
  }
}

}  // namespace
}  // namespace lockstep
