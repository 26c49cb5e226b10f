// Journals of runs whose batches fill on their lanes, re-executed as they are and edited.
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/schedulers/tf_retrier.h"
#include "core/schedulers/tf_streaming.h"
#include "properties/reexecution.h"
#include "sim/simulation.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

const ServerOptions kServer{.lane_count = 3, .settings_digest = 42};

std::unique_ptr<Scheduler> scheduler() {
  return std::move(*make_tf_retrier(std::move(*make_tf_streaming({.max_batch_size = 6,
                                                                  .batch_timeout_micros = 4,
                                                                  .num_batch_threads = 3,
                                                                  .no_tasks_wait_time_micros = 9})),
                                    {.max_time_micros = 5, .retry_delay_micros = 2}));
}

struct Journal final : EventSink {
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override { lines.push_back(line); }
  void batch_ended(const BatchRecord& batch) override { batches.push_back(batch); }
  std::vector<JournalLine> lines;
  std::vector<BatchRecord> batches;
};

// 2,000 requests of mixed sizes, now and then after a pause or of another queue, with full,
// timed-out and overflowing batches, retries and refusals. The digest goes to `digest`.
Journal& record(Journal& journal, std::uint64_t* digest = nullptr) {
  std::vector<Arrival> arrivals;
  Prng prng(5, "unsealed");
  std::int64_t now = 0;
  for (int i = 0; i < 2'000; ++i) {
    now += static_cast<std::int64_t>(prng.below(10) == 0 ? 20'000 : prng.below(1'500));
    arrivals.push_back(Arrival{.time = at_ns(now),
                               .queue = QueueId{prng.below(12) == 0 ? 1u : 0u},
                               .size = static_cast<std::uint32_t>(1 + prng.below(7))});
  }
  VectorArrivals source(std::move(arrivals));
  Server server(scheduler(), kServer, &journal);
  EXPECT_TRUE(
      simulate({.device = {.compute = *parse_service_curve("1us+100ns/row")}}, source, server));
  EXPECT_GT(server.totals().refused, 100u);
  EXPECT_GT(server.totals().answered, 100u);
  if (digest != nullptr) {
    *digest = server.digest();
  }
  return journal;
}

Result<ReexecutionReport> rerun(const std::vector<JournalLine>& lines) {
  std::size_t next = 0;
  return reexecute(scheduler(), {.server = kServer}, [&]() -> Result<std::optional<JournalLine>> {
    return next < lines.size() ? std::optional<JournalLine>(lines[next++]) : std::nullopt;
  });
}

void repair_digests(std::vector<JournalLine>& lines) {
  ChainDigest chain(kServer.settings_digest);
  for (JournalLine& line : lines) {
    chain.fold(digest_line(line));
    line.digest = chain.value();
  }
}

// Position of the n-th decision of this kind.
std::size_t nth(const std::vector<JournalLine>& lines, int n, DecisionKind kind) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].is_input && lines[i].decision.kind == kind && n-- == 0) {
      return i;
    }
  }
  ADD_FAILURE() << "there are not so many";
  return 0;
}

TEST(UnsealedReexecution, OfAnUntouchedJournalIsIdentical) {
  Journal journal;
  std::uint64_t digest = 0;
  const auto report = rerun(record(journal, &digest).lines);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->identical());
  EXPECT_EQ(report->recomputed_digest, digest);
}

TEST(UnsealedReexecution, TheRunKeepsTheTimesOfItsBatchesInOrder) {
  Journal journal;
  record(journal);
  std::array<int, kReasonCount> reasons{};
  std::vector<SimTime> lane_free(kServer.lane_count);
  std::sort(journal.batches.begin(), journal.batches.end(),
            [](const BatchRecord& a, const BatchRecord& b) { return a.id < b.id; });
  for (const BatchRecord& batch : journal.batches) {
    EXPECT_LE(lane_free[raw(batch.lane)], batch.lane_taken);
    EXPECT_LE(batch.lane_taken, batch.opened);
    EXPECT_LE(batch.opened, batch.due);
    EXPECT_EQ(batch.due, batch.dispatched);
    EXPECT_LE(batch.dispatched, batch.device_start);
    EXPECT_LT(batch.device_start, batch.finished);
    lane_free[raw(batch.lane)] = batch.finished;
    ++reasons.at(static_cast<std::size_t>(batch.reason));
  }
  for (const Reason reason : {Reason::kFull, Reason::kTimeout, Reason::kOverflow}) {
    EXPECT_GT(reasons.at(static_cast<std::size_t>(reason)), 10) << reason_name(reason);
  }
}

TEST(UnsealedReexecution, FindsEditsOfAddsAndSealsWithEveryDigestRepaired) {
  const auto find = [](DecisionKind kind, const std::function<void(JournalLine&)>& edit) {
    Journal journal;
    std::vector<JournalLine> lines = record(journal).lines;
    const std::size_t at = nth(lines, 40, kind);
    edit(lines[at]);
    repair_digests(lines);
    const auto report = rerun(lines);
    return report && !report->first_altered_line && report->first_divergence &&
           report->first_divergence->line == at + 1;
  };
  EXPECT_TRUE(find(DecisionKind::kAdd, [](JournalLine& line) { ++line.members[0].rows; }));
  EXPECT_TRUE(find(DecisionKind::kSeal, [](JournalLine& line) { line.decision.padded_rows = 64; }));
  EXPECT_TRUE(
      find(DecisionKind::kSeal, [](JournalLine& line) { line.decision.reason = Reason::kFlush; }));
  EXPECT_TRUE(find(DecisionKind::kStart, [](JournalLine& line) { line.decision.sealed = true; }));
}

TEST(UnsealedReexecution, RefusesABatchThatIsDoneBeforeItsSeal) {
  Journal journal;
  std::vector<JournalLine> lines = record(journal).lines;
  // Right behind the start of an open batch: it is on that lane, and not sealed.
  const std::size_t at = nth(lines, 3, DecisionKind::kStart);
  JournalLine done;
  done.input.kind = InputKind::kBatchDone;
  done.input.now = at_ns(0);
  for (std::size_t i = 0; i <= at; ++i) {
    if (lines[i].is_input) {
      done.input.now = lines[i].input.now;
      done.input.sequence = lines[i].input.sequence + 1;
    }
  }
  done.input.lane = lines[at].decision.lane;
  done.input.batch = lines[at].decision.batch;
  std::size_t place = at + 1;
  while (!lines[place].is_input) {
    ++place;  // behind the decisions of the same step
  }
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(place), done);
  repair_digests(lines);
  const auto report = rerun(lines);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("it executed after it was dispatched"));
}

}  // namespace
}  // namespace lockstep
