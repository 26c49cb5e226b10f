// A recorded run, re-executed as it is, edited, and edited with every digest repaired.
#include "properties/reexecution.h"

#include <functional>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/schedulers/tf_shared.h"
#include "sim/simulation.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kSettings = 42;

std::unique_ptr<Scheduler> scheduler(std::int64_t timeout_micros = 3) {
  return std::move(*make_tf_shared({.max_batch_size = 4,
                                    .batch_timeout_micros = timeout_micros,
                                    .max_enqueued_batches = 2,
                                    .num_batch_threads = 2}));
}
const ServerOptions kServer{.lane_count = 2, .settings_digest = kSettings};

struct Journal final : EventSink {
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override { lines.push_back(line); }
  std::vector<JournalLine> lines;
};

// 300 requests of mixed sizes and two queues, with full, timed-out and overflowing batches and
// refusals.
std::vector<JournalLine> recorded() {
  std::vector<Arrival> arrivals;
  Prng prng(11, "reexecution");
  std::int64_t now = 0;
  for (int i = 0; i < 300; ++i) {
    now += static_cast<std::int64_t>(prng.below(1'500));
    arrivals.push_back(Arrival{.time = at_ns(now),
                               .queue = QueueId{static_cast<std::uint32_t>(prng.below(2))},
                               .size = static_cast<std::uint32_t>(1 + prng.below(5))});
  }
  VectorArrivals source(std::move(arrivals));
  Journal journal;
  Server server(scheduler(), kServer, &journal);
  EXPECT_TRUE(simulate({.curve = *parse_service_curve("2us+500ns/row")}, source, server));
  EXPECT_GT(server.totals().refused, 10u);
  return journal.lines;
}

ReexecutionReport rerun(const std::vector<JournalLine>& lines, std::int64_t timeout_micros = 3) {
  std::size_t next = 0;
  const JournalLines source = [&]() -> Result<std::optional<JournalLine>> {
    return next < lines.size() ? std::optional<JournalLine>(lines[next++]) : std::nullopt;
  };
  const Result<ReexecutionReport> report = reexecute(scheduler(timeout_micros), kServer, source);
  EXPECT_TRUE(report) << (report ? "" : report.error().message);
  return report ? *report : ReexecutionReport{};
}

void repair_digests(std::vector<JournalLine>& lines) {
  ChainDigest chain(kSettings);
  for (JournalLine& line : lines) {
    chain.fold(digest_line(line));
    line.digest = chain.value();
  }
}

// 1-based position of the n-th line that `wanted` accepts.
std::size_t nth(const std::vector<JournalLine>& lines, int n,
                const std::function<bool(const JournalLine&)>& wanted) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (wanted(lines[i]) && n-- == 0) {
      return i + 1;
    }
  }
  return 0;
}
bool is_start(const JournalLine& line) {
  return !line.is_input && line.decision.kind == DecisionKind::kStart;
}

TEST(Reexecution, OfAnUntouchedJournalIsIdentical) {
  const std::vector<JournalLine> lines = recorded();
  const ReexecutionReport report = rerun(lines);
  EXPECT_TRUE(report.identical());
  EXPECT_EQ(report.lines, lines.size());
  EXPECT_EQ(report.inputs + report.decisions, lines.size());
  EXPECT_EQ(report.recorded_digest, lines.back().digest);
}

TEST(Reexecution, NamesTheFirstAlteredLine) {
  std::vector<JournalLine> lines = recorded();
  const std::size_t line = nth(lines, 20, is_start);
  lines[line - 1].decision.due += SimDuration{1};
  lines[line + 40].input.now += SimDuration{1};
  const ReexecutionReport report = rerun(lines);
  EXPECT_EQ(report.first_altered_line, line);
  ASSERT_TRUE(report.first_divergence);
  EXPECT_EQ(report.first_divergence->line, line);
}

TEST(Reexecution, FindsWhatFollowsFromEarlierLinesToBeEdited) {
  const auto is_done = [](const JournalLine& line) {
    return line.is_input && line.input.kind == InputKind::kBatchDone;
  };
  for (const bool sequence : {true, false}) {
    std::vector<JournalLine> lines = recorded();
    const std::size_t line = nth(lines, 7, is_done);
    if (sequence) {
      ++lines[line - 1].input.sequence;
    } else {
      lines[line - 1].input.queue = QueueId{9};
    }
    const ReexecutionReport report = rerun(lines);
    ASSERT_TRUE(report.first_divergence) << sequence;
    EXPECT_EQ(report.first_divergence->line, line);
  }
}

TEST(Reexecution, NamesTheAlteredLineBeforeAnImpossibleInput) {
  std::vector<JournalLine> lines = recorded();
  const std::size_t line = nth(lines, 0, [](const JournalLine& candidate) {
    return candidate.is_input && candidate.input.kind == InputKind::kTimer;
  });
  ASSERT_GT(line, 0u);
  lines[line - 1].input.now += SimDuration{1'000'000'000};  // what follows runs back in time
  const ReexecutionReport report = rerun(lines);
  EXPECT_EQ(report.first_altered_line, line);
  EXPECT_FALSE(report.identical());
}

TEST(Reexecution, FindsAnEditedDecisionWithEveryDigestRepaired) {
  std::vector<JournalLine> lines = recorded();
  const std::size_t line =
      nth(lines, 30, [](const JournalLine& l) { return is_start(l) && l.members.size() > 1; });
  ASSERT_NE(line, 0u);
  std::swap(lines[line - 1].members.front(), lines[line - 1].members.back());
  repair_digests(lines);
  const ReexecutionReport report = rerun(lines);
  EXPECT_FALSE(report.first_altered_line);
  ASSERT_TRUE(report.first_divergence);
  EXPECT_EQ(report.first_divergence->line, line);
  EXPECT_NE(report.first_divergence->recorded, report.first_divergence->recomputed);
  EXPECT_FALSE(report.identical());
}

TEST(Reexecution, FindsADecisionThatWasRemovedOrAdded) {
  for (const bool removed : {true, false}) {
    std::vector<JournalLine> lines = recorded();
    const std::size_t line = nth(lines, 10, [](const JournalLine& l) {
      return !l.is_input && l.decision.kind == DecisionKind::kFinishBatch;
    });
    ASSERT_NE(line, 0u);
    const auto place = lines.begin() + static_cast<std::ptrdiff_t>(line - 1);
    if (removed) {
      lines.erase(place);
    } else {
      lines.insert(place, *place);
    }
    repair_digests(lines);
    const ReexecutionReport report = rerun(lines);
    ASSERT_TRUE(report.first_divergence) << removed;
    EXPECT_GE(report.first_divergence->line, line);
    EXPECT_LE(report.first_divergence->line, line + 1);
  }
}

TEST(Reexecution, FindsATailThatWasCutOff) {
  std::vector<JournalLine> lines = recorded();
  ASSERT_FALSE(lines.back().is_input);
  lines.pop_back();
  const ReexecutionReport report = rerun(lines);
  ASSERT_TRUE(report.first_divergence);
  EXPECT_THAT(report.first_divergence->recorded, HasSubstr("no further decision"));
}

TEST(Reexecution, FindsAnotherSchedulerByItsFirstOtherDecision) {
  const std::vector<JournalLine> lines = recorded();
  const ReexecutionReport report = rerun(lines, 4);
  EXPECT_FALSE(report.first_altered_line);
  ASSERT_TRUE(report.first_divergence);
  EXPECT_THAT(report.first_divergence->recomputed, HasSubstr("wake at"));
}

TEST(Reexecution, FindsAnAlteredSettingAtTheFirstLine) {
  std::vector<JournalLine> lines = recorded();
  std::size_t next = 0;
  const Result<ReexecutionReport> report = reexecute(
      scheduler(), {.lane_count = 2, .settings_digest = kSettings + 1},
      [&]() -> Result<std::optional<JournalLine>> {
        return next < lines.size() ? std::optional<JournalLine>(lines[next++]) : std::nullopt;
      });
  ASSERT_TRUE(report);
  EXPECT_EQ(report->first_altered_line, 1u);
  EXPECT_FALSE(report->first_divergence);
}

TEST(Reexecution, RefusesInputsThatNoDriverCanGive) {
  const std::vector<JournalLine> original = recorded();
  const auto is_done = [](const JournalLine& line) {
    return line.is_input && line.input.kind == InputKind::kBatchDone;
  };
  const std::size_t done = nth(original, 5, is_done) - 1;
  const std::vector<std::function<void(JournalLine&)>> edits = {
      [](JournalLine& line) { line.input.lane = LaneId{7}; },
      [](JournalLine& line) { line.input.batch = BatchId{9999}; },
      [](JournalLine& line) { line.input.now = at_ns(0); },
      [](JournalLine& line) { line.input.device_time = SimDuration{1'000'000'000}; },
      [](JournalLine& line) { line.input.kind = InputKind::kLaneDown; }};
  for (const auto& edit : edits) {
    std::vector<JournalLine> lines = original;
    edit(lines[done]);
    repair_digests(lines);
    std::size_t next = 0;
    const Result<ReexecutionReport> report =
        reexecute(scheduler(), kServer, [&]() -> Result<std::optional<JournalLine>> {
          return next < lines.size() ? std::optional<JournalLine>(lines[next++]) : std::nullopt;
        });
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message, HasSubstr("expected an input that a driver can give"));
    EXPECT_THAT(report.error().message,
                HasSubstr("journal.csv.zst:" + std::to_string(done + 2) + ":1: found"));
  }
}

}  // namespace
}  // namespace lockstep
