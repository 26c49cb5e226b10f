// S4, S8, S9, S13 and S14: at each bound the last right record and the first wrong one.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

RunRules shared(OptionValues more) {
  more.emplace_back("num_batch_threads", "2");
  return rules_for("tf-shared", more);
}

TEST(BatchSizeBound, IsInclusive) {
  for (const std::uint32_t rows : {4u, 5u}) {
    RecordBuilder run(shared({{"max_batch_size", "4"}}));
    run.arrive(0, {.size = rows}).start({.members = {whole(0, rows)}});
    EXPECT_EQ(run.found("S4") == "", rows == 4);
  }
}

TEST(BatchSizeBound, AllowsEmptyBatchesWhereTheyExist) {
  RecordBuilder none(shared({{"max_batch_size", "4"}}));
  none.arrive(0).start({});
  EXPECT_EQ(none.found("S4"), "an empty batch was started");
  RecordBuilder streaming(rules_for("tf-streaming", {{"max_batch_size", "4"}}));
  streaming.arrive(0).start({.reason = Reason::kFlush});
  EXPECT_EQ(streaming.found("S4"), "");
}

TEST(BatchSizeBound, CountsMembersWhereTheyAreLimited) {
  for (const std::uint64_t members : {2u, 3u}) {
    RecordBuilder run(rules_for(
        "tf-adaptive", {{"max_tasks_per_batch", "2"}, {"initial_in_flight_batches_limit", "1"}}));
    BatchOf batch;
    for (std::uint64_t id = 0; id < members; ++id) {
      run.arrive(0);
      batch.members.push_back(whole(id));
    }
    EXPECT_EQ(run.start(batch).found("S4") == "", members == 2);
  }
}

// Quirk 7: topped up to the limit of the others, but not with more of its own than its own limit.
TEST(BatchSizeBound, OfLowPriorityRequestsIsTheirOwn) {
  const auto run = [](std::uint64_t own, std::uint64_t padding) {
    RecordBuilder builder(shared({{"max_batch_size", "4"},
                                  {"enable_priority_queue", "true"},
                                  {"low_priority_max_batch_size", "2"},
                                  {"low_priority_max_enqueued_batches", "9"}}));
    BatchOf batch{.reason = Reason::kLowFull};
    for (std::uint64_t id = 0; id < own + padding; ++id) {
      builder.arrive(0, {.priority = 1});
      batch.members.push_back(whole(id));
      batch.members.back().padding = id >= own;
    }
    return builder.start(batch).found("S4");
  };
  EXPECT_EQ(run(2, 2), "");
  EXPECT_THAT(run(2, 3), HasSubstr("5 > 4"));
  EXPECT_THAT(run(3, 0), HasSubstr("3 > 2"));
}

TEST(TooLarge, IsRefusedAsThatAndAtOnce) {
  const auto refused = [](std::uint32_t rows, Status status) {
    RecordBuilder run(shared({{"max_batch_size", "4"}}));
    run.arrive(0, {.size = rows}).finish(0, status, Reason::kTooLarge);
    return run.found("S4");
  };
  EXPECT_EQ(refused(5, Status::kInvalidArgument), "");
  EXPECT_THAT(refused(4, Status::kInvalidArgument), HasSubstr("which its queue takes"));
  EXPECT_THAT(refused(5, Status::kUnavailable), HasSubstr("UNAVAILABLE for INVALID_ARGUMENT"));
  for (const std::uint32_t rows : {4u, 5u}) {
    RecordBuilder waits(shared({{"max_batch_size", "4"}}));
    EXPECT_EQ(waits.arrive(0, {.size = rows}).found("S4") == "", rows == 4);
  }
}

TEST(Counters, AreWhatTheRecordSays) {
  const auto run = [](const QueueCounters& counters) {
    RecordBuilder builder(shared({{"max_batch_size", "4"}, {"max_enqueued_batches", "3"}}));
    builder.arrive(0, {.size = 3}).arrive(1, {.size = 2}).reports(counters);
    return builder.found("S8");
  };
  // One closed batch of 3, the open one of 2: (3 - 2) * 4 + (4 - 2).
  const QueueCounters right{
      .enqueued_requests = 2, .enqueued_rows = 5, .enqueued_batches = 2, .capacity_rows = 6};
  EXPECT_EQ(run(right), "");
  QueueCounters wrong = right;
  ++wrong.enqueued_rows;
  EXPECT_THAT(run(wrong), HasSubstr("reports 6 rows enqueued, 5 wait"));
  wrong = right;
  --wrong.enqueued_requests;
  EXPECT_THAT(run(wrong), HasSubstr("reports 1 requests"));
  wrong = right;
  ++wrong.enqueued_batches;
  EXPECT_THAT(run(wrong), HasSubstr("reports 3 batches"));
  wrong = right;
  wrong.capacity_rows += 4;
  EXPECT_THAT(run(wrong), HasSubstr("a capacity of 10 rows"));
}

// Triton #8870: each batch that leaves takes a little too much along.
TEST(Counters, DriftIsFoundAtTheFirstStep) {
  for (const std::uint64_t rows : {0u, 1u}) {
    RecordBuilder run(rules_for("naive-full-batch", {{"batch_size", "1"}}));
    run.arrive(0).start({.members = {whole(0)}});
    run.reports({.enqueued_requests = rows, .enqueued_rows = rows, .enqueued_batches = rows});
    EXPECT_EQ(run.found("S8") == "", rows == 0);
  }
}

TEST(Counters, OfStreamingAreItsLanes) {
  for (const std::int64_t capacity : {7, 8}) {
    RecordBuilder run(
        rules_for("tf-streaming", {{"max_batch_size", "4"}, {"num_batch_threads", "2"}}));
    run.arrive(0).start({.reason = Reason::kNone, .sealed = false}).add(0, {whole(0)});
    EXPECT_EQ(run.reports({.capacity_rows = capacity}).found("S8") == "", capacity == 7);
  }
}

// TF 2.1 step 3. Two batches of four wait, the open one has two rows, two may wait.
TEST(RefusedIffFull, WithoutSplittingAsksForBatches) {
  const auto run = [](std::uint32_t rows, std::uint64_t batches, bool refused) {
    RecordBuilder builder(shared({{"max_batch_size", "4"}, {"max_enqueued_batches", "2"}}));
    const auto free = (2 - static_cast<std::int64_t>(batches)) * 4;
    builder.reports({.enqueued_batches = batches, .capacity_rows = free + 2}, /*before=*/true);
    builder.arrive(0, {.size = rows});
    if (refused) {
      builder.finish(0, Status::kUnavailable, Reason::kQueueFull);
    }
    return builder.found("S9");
  };
  EXPECT_EQ(run(2, 2, false), "");  // fits the open batch
  EXPECT_THAT(run(2, 2, true), HasSubstr("refused as full, 2 rows"));
  EXPECT_EQ(run(3, 2, true), "");
  EXPECT_THAT(run(3, 2, false), HasSubstr("accepted by a full queue, 3 rows"));
  EXPECT_EQ(run(3, 1, false), "");  // another batch may be opened
  EXPECT_THAT(run(3, 1, true), HasSubstr("refused as full"));
}

TEST(RefusedIffFull, WithSplittingAsksForRows) {
  const auto run = [](std::uint32_t rows, bool refused) {
    RecordBuilder builder(shared({{"max_batch_size", "9"},
                                  {"max_execution_batch_size", "4"},
                                  {"enable_large_batch_splitting", "true"},
                                  {"max_enqueued_batches", "2"}}));
    builder.reports({.enqueued_batches = 1, .capacity_rows = 6}, /*before=*/true);
    builder.arrive(0, {.size = rows});
    if (refused) {
      builder.finish(0, Status::kUnavailable, Reason::kQueueFull);
    }
    return builder.found("S9");
  };
  EXPECT_EQ(run(6, false), "");
  EXPECT_THAT(run(6, true), HasSubstr("refused as full"));
  EXPECT_EQ(run(7, true), "");
  EXPECT_THAT(run(7, false), HasSubstr("accepted by a full queue"));
}

// TF 2.11: of a depth of three rows two are taken, by Critical and Sheddable.
TEST(RefusedIffFull, EvictsTheLeastCriticalAndNobodyElse) {
  const auto run = [](std::uint32_t rows, std::uint8_t priority, std::vector<std::uint64_t> evicted,
                      bool refused) {
    RecordBuilder builder(shared({{"max_batch_size", "4"},
                                  {"enable_priority_aware_batch_scheduler", "true"},
                                  {"max_queue_depth", "3"},
                                  {"batch_timeout_micros", "100"}}));
    builder.arrive(0, {.priority = 3}).arrive(1, {.priority = 1});
    builder.arrive(2, {.size = rows, .priority = priority});
    for (const std::uint64_t id : evicted) {
      builder.finish(id, Status::kUnavailable, Reason::kEvicted);
    }
    if (refused) {
      builder.finish(2, Status::kUnavailable, Reason::kQueueFull);
    }
    return builder.found("S9");
  };
  EXPECT_EQ(run(1, 3, {}, false), "");
  EXPECT_THAT(run(1, 3, {1}, false), HasSubstr("evicted while there was room"));
  EXPECT_EQ(run(2, 3, {1}, false), "");
  EXPECT_THAT(run(2, 3, {}, false), HasSubstr("accepted by a full queue"));
  EXPECT_THAT(run(2, 3, {}, true), HasSubstr("while someone less critical waits"));
  EXPECT_THAT(run(2, 4, {0}, false), HasSubstr("evicted while someone less critical waits"));
  EXPECT_THAT(run(2, 1, {1}, false), HasSubstr("not more critical"));
  EXPECT_EQ(run(2, 1, {}, true), "");
}

// TF 2.16: of two waiting requests one stands in a ready batch, and is safe.
TEST(RefusedIffFull, JitEvictsWhoIsNotInAReadyBatch) {
  const auto refused = [](std::uint8_t second, std::uint64_t enqueued) {
    RecordBuilder run(rules_for("tf-jit", {{"max_batch_size", "1"}, {"max_queue_size", "1"}}));
    run.arrive(0, {.priority = 1}).arrive(1, {.priority = second});
    run.reports({.enqueued_requests = enqueued, .enqueued_batches = 1}, /*before=*/true);
    run.arrive(2, {.priority = 3}).finish(2, Status::kUnavailable, Reason::kQueueFull);
    return run.found("S9");
  };
  EXPECT_EQ(refused(3, 1), "");
  EXPECT_THAT(refused(2, 1), HasSubstr("while someone less critical waits"));
}

TEST(PaddedToNextAllowedSize, IsTheSmallestThatHoldsTheRows) {
  const auto run = [](std::uint32_t rows, std::uint32_t padded) {
    RecordBuilder builder(shared({{"max_batch_size", "8"}, {"allowed_batch_sizes", "2,4"}}));
    builder.arrive(0, {.size = rows});
    builder.start({.members = {whole(0, rows)}, .padded_rows = padded});
    return builder.found("S13");
  };
  EXPECT_EQ(run(2, 2), "");
  EXPECT_THAT(run(2, 4), HasSubstr("2 rows executed as 4, the next allowed size is 2"));
  EXPECT_EQ(run(3, 4), "");
  EXPECT_THAT(run(3, 3), HasSubstr("the next allowed size is 4"));
  EXPECT_EQ(run(5, 5), "");  // larger than all: as it is
}

// TF 2.7: whom a batch is padded with is Sheddable, and stands behind the others.
TEST(PaddedToNextAllowedSize, PadsWithLowPriorityRequestsAtTheEnd) {
  const auto run = [](const std::string& policy, std::uint8_t priority, bool in_front) {
    RecordBuilder builder(shared({{"max_batch_size", "8"},
                                  {"enable_priority_queue", "true"},
                                  {"mixed_priority_batching_policy", policy}}));
    builder.arrive(0, {.priority = 3}).arrive(0, {.priority = priority});
    JournalMember padding = whole(1);
    padding.padding = true;
    builder.start(
        {.members = in_front ? std::vector{padding, whole(0)} : std::vector{whole(0), padding}});
    return builder.found("S13");
  };
  const std::string pads = "low_priority_padding_with_max_batch_size";
  EXPECT_EQ(run(pads, 1, false), "");
  EXPECT_THAT(run(pads, 3, false), HasSubstr("has none for it"));
  EXPECT_THAT(run("priority_isolation", 1, false), HasSubstr("has none for it"));
  EXPECT_THAT(run(pads, 1, true), HasSubstr("behind the padding list"));
}

// TF 2.6: room for one, batches of four: 1, 4, 2.
TEST(PiecesAddUp, HaveTheSizesOfTheRule) {
  const auto run = [](std::vector<std::uint32_t> pieces) {
    RecordBuilder builder(shared({{"max_batch_size", "9"},
                                  {"max_execution_batch_size", "4"},
                                  {"enable_large_batch_splitting", "true"}}));
    builder.reports({.enqueued_batches = 1, .capacity_rows = 9 * 4 + 1}, /*before=*/true);
    builder.arrive(0, {.size = 7});
    std::uint32_t row = 0;
    for (const std::uint32_t rows : pieces) {
      builder.start({.members = {{RequestId{0}, row, rows}}});
      row += rows;
    }
    return builder.found("S14");
  };
  EXPECT_EQ(run({1, 4, 2}), "");
  EXPECT_THAT(run({2, 4, 1}), HasSubstr("a first piece of 2 rows, the open batch had room for 1"));
  EXPECT_THAT(run({1, 3, 3}), HasSubstr("a middle piece of 3 rows"));
  EXPECT_THAT(run({1, 0, 4, 2}), HasSubstr("an empty piece"));
  EXPECT_THAT(run({1, 4, 3}), HasSubstr("ends at row 8 of 7"));
}

TEST(PiecesAddUp, AreOneWithoutSplitting) {
  RecordBuilder run(shared({{"max_batch_size", "4"}}));
  run.arrive(0, {.size = 3}).start({.members = {{RequestId{0}, 0, 2}}});
  EXPECT_THAT(run.found("S14"), HasSubstr("2 of 3 rows in a batch, and splitting is off"));
}

}  // namespace
}  // namespace lockstep
