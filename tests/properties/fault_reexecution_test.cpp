// Journals of runs with faults: held to the plan, lane by lane and completion by completion.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "properties/reexecution.h"
#include "sim/device_text.h"
#include "tests/support/fault_run.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using support::FaultRun;
using support::FaultRunOptions;
using ::testing::HasSubstr;

constexpr std::uint64_t kFaultySettings = 77;
constexpr const char* kPlan =
    "lost gpu=1 at=50us for=30us; sticky gpu=0 at=90us reset=20us; drop at=150us; late at=180us "
    "by=7us; duplicate at=200us by=5us; fail at=220us; oom at=240us; stall lane=2 at=260us "
    "for=9us; burst at=270us requests=20; cancel at=271us; watchdog after=40us reset=10us; timer "
    "latency=1us jitter=1us";

class FaultyJournal {
 public:
  FaultyJournal() {
    std::vector<Arrival> arrivals;
    for (int i = 0; i < 300; ++i) {
      arrivals.push_back(Arrival{.time = at_ns(i * 1'100)});
    }
    run_ = support::run_with_faults(scheduler(), options_, std::move(arrivals));
    lines = run_->lines;
  }

  [[nodiscard]] Result<ReexecutionReport> rerun(const std::string& faults = kPlan) const {
    const FaultPlan plan = *parse_fault_plan("plan", faults);
    const DeviceDescription device = *parse_device(options_.gpu);
    const std::vector<std::string> names = {"queue"};
    std::size_t next = 0;
    return reexecute(scheduler(),
                     {.server = {.lane_count = 4, .settings_digest = kFaultySettings},
                      .queue_count = 1,
                      .device = &device,
                      .gpu_count = 2,
                      .seed = 1,
                      .queue_names = &names,
                      .faults = &plan},
                     [&]() -> Result<std::optional<JournalLine>> {
                       return next < lines.size() ? std::optional(lines[next++]) : std::nullopt;
                     });
  }

  // Why the journal is refused after `edit` of the n-th input of this kind, all digests repaired.
  std::string refusal(InputKind kind, int n, const std::function<void(JournalLine&)>& edit) {
    const std::vector<JournalLine> intact = lines;
    ChainDigest chain(kFaultySettings);
    for (JournalLine& line : lines) {
      if (line.is_input && line.input.kind == kind && n-- == 0) {
        edit(line);
      }
      chain.fold(digest_line(line));
      line.digest = chain.value();
    }
    const Result<ReexecutionReport> report = rerun();
    lines = intact;
    return report ? "accepted" : report.error().message;
  }

  [[nodiscard]] const FaultRun& run() const { return *run_; }
  std::vector<JournalLine> lines;

 private:
  static std::unique_ptr<Scheduler> scheduler() {
    return std::move(*make_tf_shared({.max_batch_size = 4,
                                      .batch_timeout_micros = 3,
                                      .max_enqueued_batches = 30,
                                      .num_batch_threads = 4}));
  }
  FaultRunOptions options_{.faults = kPlan,
                           .gpu = "2us+500ns/row",
                           .lane_count = 4,
                           .gpu_count = 2,
                           .settings_digest = kFaultySettings};
  std::unique_ptr<FaultRun> run_;
};

TEST(FaultReexecution, GivesTheSameDecisionsUnderThePlan) {
  const FaultyJournal journal;
  const FaultCounts& counts = journal.run().result.faults;
  EXPECT_EQ(counts.devices_lost, 2u);
  EXPECT_EQ(counts.completions_lost, 1u);
  EXPECT_EQ(counts.given_up, 1u);
  EXPECT_GE(counts.completions_dropped, 1u);
  EXPECT_EQ(counts.lanes_down, counts.lanes_up);
  const Result<ReexecutionReport> report = journal.rerun();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->identical());
  EXPECT_EQ(report->recomputed_digest, journal.run().digest);
}

TEST(FaultReexecution, HoldsLanesAndCompletionsToThePlan) {
  FaultyJournal journal;
  EXPECT_THAT(journal.refusal(InputKind::kLaneDown, 0, [](JournalLine& l) { ++l.input.now; }),
              HasSubstr("does not tell that now"));
  EXPECT_THAT(
      journal.refusal(InputKind::kLaneDown, 0, [](JournalLine& l) { l.input.lane = LaneId{0}; }),
      HasSubstr("does not tell that now"));
  EXPECT_THAT(journal.refusal(InputKind::kLaneDown, 0,
                              [](JournalLine& l) { l.input.status = Status::kInternal; }),
              HasSubstr("does not tell that now"));
  EXPECT_THAT(
      journal.refusal(InputKind::kLaneDown, 0, [](JournalLine& l) { l.input.lane = LaneId{4}; }),
      HasSubstr("there is no such lane"));
  EXPECT_THAT(journal.refusal(InputKind::kLaneUp, 0, [](JournalLine& l) { ++l.input.now; }),
              HasSubstr("does not tell that now"));
  EXPECT_THAT(
      journal.refusal(InputKind::kLaneUp, 0, [](JournalLine& l) { l.input.lane = LaneId{0}; }),
      HasSubstr("the lane was down, not for good, and its batch has ended"));
  EXPECT_THAT(journal.refusal(InputKind::kBatchDone, 5, [](JournalLine& l) { ++l.input.now; }),
              HasSubstr("the GPU, with its faults, is done with it at"));
  EXPECT_THAT(journal.refusal(InputKind::kBatchDone, 5,
                              [](JournalLine& l) { l.input.status = Status::kInternal; }),
              HasSubstr("it ends with OK"));
  // A lane that went down without having been told: the next input shows it.
  EXPECT_THAT(journal.refusal(InputKind::kLaneDown, 0,
                              [](JournalLine& l) { l.input.kind = InputKind::kTimer; }),
              HasSubstr("tells something before it"));
}

TEST(FaultReexecution, IsNotPossibleUnderAnotherPlan) {
  const FaultyJournal journal;
  EXPECT_FALSE(journal.rerun("lost gpu=1 at=50us for=30us"));
  EXPECT_FALSE(journal.rerun(""));
}

}  // namespace
}  // namespace lockstep
