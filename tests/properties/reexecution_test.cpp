// A recorded run, re-executed as it is, edited, and edited with every digest repaired.
#include "properties/reexecution.h"

#include <functional>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "core/limits.h"
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
const DeviceDescription kDevice{.compute = *parse_service_curve("2us+500ns/row")};
const ReexecutionOptions kRun{.server = {.lane_count = 2, .settings_digest = kSettings},
                              .queue_count = 2,
                              .device = &kDevice};

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
  Server server(scheduler(), kRun.server, &journal);
  EXPECT_TRUE(simulate({.device = kDevice}, source, server));
  EXPECT_GT(server.totals().refused, 10u);
  return journal.lines;
}

Result<ReexecutionReport> try_rerun(const std::vector<JournalLine>& lines,
                                    const ReexecutionOptions& options = kRun,
                                    std::int64_t timeout_micros = 3) {
  std::size_t next = 0;
  return reexecute(scheduler(timeout_micros), options, [&]() -> Result<std::optional<JournalLine>> {
    return next < lines.size() ? std::optional<JournalLine>(lines[next++]) : std::nullopt;
  });
}

ReexecutionReport rerun(const std::vector<JournalLine>& lines, std::int64_t timeout_micros = 3) {
  const Result<ReexecutionReport> report = try_rerun(lines, kRun, timeout_micros);
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
bool is_input(const JournalLine& line, InputKind kind) {
  return line.is_input && line.input.kind == kind;
}
bool is_done(const JournalLine& line) {
  return is_input(line, InputKind::kBatchDone);
}
bool is_arrival(const JournalLine& line) {
  return is_input(line, InputKind::kArrive);
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

TEST(Reexecution, NamesTheAlteredLineBeforeAnImpossibleInput) {
  std::vector<JournalLine> lines = recorded();
  const std::size_t line =
      nth(lines, 0, [](const JournalLine& l) { return is_input(l, InputKind::kTimer); });
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

// Words of a line are multiplied pairwise, so swapping both factors keeps its digest.
TEST(Reexecution, FindsAnEditThatKeepsTheDigestOfItsLine) {
  std::vector<JournalLine> lines = recorded();
  const std::size_t line = nth(lines, 20, is_start);
  ASSERT_NE(line, 0u);
  constexpr std::int64_t kKeys = 0xa0761d6478bd642f ^ 0xe7037ed1a0b428db;
  Decision& start = lines[line - 1].decision;
  const std::int64_t opened = ns_of(start.opened);
  start.opened = at_ns(ns_of(start.due) ^ kKeys);
  start.due = at_ns(opened ^ kKeys);
  ASSERT_EQ(digest_line(lines[line - 1]).value(), digest_line(recorded()[line - 1]).value());
  const ReexecutionReport report = rerun(lines);
  EXPECT_FALSE(report.identical());
  ASSERT_TRUE(report.first_divergence);
  EXPECT_EQ(report.first_divergence->line, line);
}

// This scheduler does not ask for it, so a simulated device tells 0.
TEST(Reexecution, HoldsPendingBatchesToTheSimulatedDevice) {
  for (const std::int64_t pending : {-7, 1}) {
    std::vector<JournalLine> lines = recorded();
    const std::size_t line = nth(lines, 5, is_done);
    ASSERT_NE(line, 0u);
    lines[line - 1].input.device_pending = pending;
    repair_digests(lines);
    const Result<ReexecutionReport> report = try_rerun(lines);
    ASSERT_FALSE(report);
    EXPECT_THAT(report.error().message,
                HasSubstr("device_pending is 0, not " + std::to_string(pending)));
  }
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
  ReexecutionOptions altered = kRun;
  ++altered.server.settings_digest;
  const Result<ReexecutionReport> report = try_rerun(recorded(), altered);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->first_altered_line, 1u);
  EXPECT_FALSE(report->first_divergence);
}

TEST(Reexecution, ANamelessQueueIsTheFirstAlteredLine) {
  std::vector<JournalLine> lines = recorded();
  const std::size_t line = nth(lines, 3, is_arrival);
  lines[line - 1].input.queue = lines[line - 1].arrival.queue = QueueId{5};
  const ReexecutionReport report = rerun(lines);
  EXPECT_EQ(report.first_altered_line, line);
  ASSERT_TRUE(report.first_divergence);
  EXPECT_TRUE(report.first_divergence->impossible_input);
  EXPECT_THAT(report.first_divergence->recomputed,
              HasSubstr("queue 5 has no name in manifest.json"));
}

TEST(Reexecution, RefusesAJournalWhoseQueuesLostTheirNames) {
  ReexecutionOptions one_name = kRun;
  one_name.queue_count = 1;
  const std::vector<JournalLine> lines = recorded();
  const std::size_t line = nth(
      lines, 0, [](const JournalLine& l) { return is_arrival(l) && l.input.queue == QueueId{1}; });
  const Result<ReexecutionReport> report = try_rerun(lines, one_name);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("journal.csv.zst:" + std::to_string(line + 1)));
  EXPECT_THAT(report.error().message, HasSubstr("queue 1 has no name in manifest.json"));
}

// A message for each input that no driver can give, every digest repaired.
struct ImpossibleInput {
  bool (*which)(const JournalLine& line);
  std::function<void(JournalLine&)> edit;
  const char* why;
};

TEST(Reexecution, RefusesInputsThatNoDriverCanGive) {
  const std::vector<JournalLine> original = recorded();
  const std::vector<ImpossibleInput> edits = {
      {is_done, [](JournalLine& l) { l.input.lane = LaneId{7}; }, "runs on that lane"},
      {is_done, [](JournalLine& l) { l.input.batch = BatchId{9999}; }, "runs on that lane"},
      {is_done, [](JournalLine& l) { l.input.now = at_ns(0); }, "time does not run back"},
      {is_done, [](JournalLine& l) { l.input.device_time = SimDuration{1'000'000'000}; },
       "it executed after it was dispatched"},
      {is_done, [](JournalLine& l) { l.input.kind = InputKind::kStepDone; }, "no such input"},
      {is_done, [](JournalLine& l) { l.input.kind = InputKind::kLaneDown; },
       "a lane goes down with UNAVAILABLE or INTERNAL"},
      {is_done, [](JournalLine& l) { l.input.kind = InputKind::kLaneUp; }, "the lane was down"},
      {is_done,
       [](JournalLine& l) {
         l.input.kind = InputKind::kLaneDown;
         l.input.status = Status::kInternal;
       },
       "does not tell that now"},
      {is_done, [](JournalLine& l) { ++l.input.sequence; }, "inputs are numbered in their order"},
      {is_arrival, [](JournalLine& l) { --l.input.sequence; }, "this is number 6, not 5"},
      {is_done, [](JournalLine& l) { l.input.queue = QueueId{1}; }, "is of queue 0, not 1"},
      {is_done, [](JournalLine& l) { ++l.input.device_time; }, "the GPU curve gives 4 rows 4us"},
      {is_done, [](JournalLine& l) { ++l.input.now; },
       "the GPU, one batch after another, is done with it at"},
      {is_arrival, [](JournalLine& l) { l.arrival.size = 0; }, "a request has a row"},
      {is_arrival, [](JournalLine& l) { l.input.queue = QueueId{2}; }, "queue 2 has no name"},
      {is_arrival, [](JournalLine& l) { l.arrival.timeout = SimDuration{INT64_MAX}; }, "36 years"},
      {is_arrival, [](JournalLine& l) { l.input.now = at_ns(INT64_MAX - 1); }, "73 years"},
      {is_arrival, [](JournalLine& l) { l.request = RequestId{99}; }, "order of their numbers"},
  };
  for (const ImpossibleInput& edit : edits) {
    std::vector<JournalLine> lines = original;
    const std::size_t line = nth(lines, 5, edit.which);
    edit.edit(lines[line - 1]);
    repair_digests(lines);
    const Result<ReexecutionReport> report = try_rerun(lines);
    ASSERT_FALSE(report) << edit.why;
    EXPECT_THAT(report.error().message, HasSubstr("expected an input that a driver can give"));
    EXPECT_THAT(report.error().message, HasSubstr(edit.why));
    EXPECT_THAT(report.error().message,
                HasSubstr("journal.csv.zst:" + std::to_string(line + 1) + ":1: found"));
  }
}

TEST(Reexecution, HoldsASimulatedDeviceToItsCurveAndAMeasuredOneToNothing) {
  const std::vector<JournalLine> lines = recorded();
  const DeviceDescription slower{.compute = *parse_service_curve("2us+501ns/row")};
  ReexecutionOptions options = kRun;
  options.device = &slower;
  ASSERT_FALSE(try_rerun(lines, options));
  EXPECT_THAT(try_rerun(lines, options).error().message, HasSubstr("the GPU curve gives"));
  options.device = &kDevice;
  options.gpu_count = 2;  // then no batch had waited for the other lane's
  ASSERT_FALSE(try_rerun(lines, options));
  EXPECT_THAT(try_rerun(lines, options).error().message, HasSubstr("is done with it at"));
  const DeviceDescription short_curve{.compute = *parse_service_curve("1:2.5us,2:3us")};
  options.device = &short_curve;
  ASSERT_FALSE(try_rerun(lines, options));
  EXPECT_THAT(try_rerun(lines, options).error().message, HasSubstr("curve has no time"));
  options.device = nullptr;
  EXPECT_TRUE(try_rerun(lines, options)->identical());
}

// Whatever stands in a journal, it is the journal's fault: nothing fails a check of ours.
TEST(Reexecution, OfAJournalWithAnyEditedNumberEndsWithAReportOrAnError) {
  const std::vector<JournalLine> original = recorded();
  Prng prng(5, "edits");
  const std::vector<std::function<void(JournalLine&, std::uint64_t)>> edits = {
      [](JournalLine& l, std::uint64_t v) { l.input.sequence = v; },
      [](JournalLine& l, std::uint64_t v) {
        l.input.now = at_ns(static_cast<std::int64_t>(v / 2));
      },
      [](JournalLine& l, std::uint64_t v) { l.request = RequestId{v}; },
      [](JournalLine& l, std::uint64_t v) {
        l.input.queue = l.arrival.queue = QueueId{static_cast<std::uint32_t>(v % kMaxQueues)};
      },
      [](JournalLine& l, std::uint64_t v) {
        l.input.lane = LaneId{static_cast<std::uint32_t>(v % kMaxLanes)};
      },
      [](JournalLine& l, std::uint64_t v) { l.input.batch = BatchId{v}; },
      [](JournalLine& l, std::uint64_t v) {
        l.arrival.size = static_cast<std::uint32_t>(v % (kMaxRequestRows + 1));
      },
      [](JournalLine& l, std::uint64_t v) { l.arrival.timeout = SimDuration(v / 2); },
      [](JournalLine& l, std::uint64_t v) { l.input.device_time = SimDuration(v / 2); },
      [](JournalLine& l, std::uint64_t v) {
        l.input.kind = static_cast<InputKind>(v % kInputKindCount);
      }};
  const CheckHandler before = set_check_handler(&throwing_check_handler);
  int refused = 0;
  int altered = 0;
  for (int i = 0; i < 600; ++i) {
    std::vector<JournalLine> lines = original;
    JournalLine& line = lines[prng.below(lines.size())];
    edits[prng.below(edits.size())](line, prng.next() >> prng.below(64));
    if (prng.below(2) == 0) {
      repair_digests(lines);
    }
    ReexecutionOptions options = kRun;
    options.device = prng.below(2) == 0 ? &kDevice : nullptr;
    EXPECT_NO_THROW({
      const Result<ReexecutionReport> report = try_rerun(lines, options);
      refused += report ? 0 : 1;
      altered += report && report->first_altered_line ? 1 : 0;
    });
  }
  set_check_handler(before);
  EXPECT_GT(refused, 50);
  EXPECT_GT(altered, 50);
}

}  // namespace
}  // namespace lockstep
