// Marks beside bars, walls and boxes: who left early, stages, padding, sharing, faults, violations.
#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/diagram.h"
#include "reports/diagram_layout.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr SimDuration kMs{1'000'000};

// Two batches of eight at once, then two more: 16 requests within 0.1 ms, time-out 100 ms.
RunLog two_batches() {
  return make_run_log({.requests = 16, .timeout_us = 100'000, .mean_gap_us = 10});
}

WindowChoice all() {
  return {.kind = WindowChoice::Kind::kTimes, .from = at_ns(0), .to = at_ns(3'600'000'000'000)};
}

struct Drawn {
  DiagramContent content;
  DiagramScene scene;
  [[nodiscard]] const Mark* mark(std::string_view id) const {
    const auto found = std::find_if(scene.marks.begin(), scene.marks.end(),
                                    [&](const Mark& mark) { return mark.id == id; });
    return found == scene.marks.end() ? nullptr : &*found;
  }
  [[nodiscard]] const Label* label(std::string_view text) const {
    const auto found = std::find_if(scene.labels.begin(), scene.labels.end(),
                                    [&](const Label& label) { return label.text == text; });
    return found == scene.labels.end() ? nullptr : &*found;
  }
  [[nodiscard]] std::size_t count(std::string_view kind) const {
    return static_cast<std::size_t>(
        std::count_if(scene.marks.begin(), scene.marks.end(),
                      [&](const Mark& mark) { return mark.kind.starts_with(kind); }));
  }
};

Drawn draw(const RunLog& run, const RunEvents& events = {},
           const std::vector<DiagramViolation>& violations = {}, bool grey = false,
           const WindowChoice& choice = all()) {
  Drawn drawn;
  drawn.content = collect_content(run, *choose_window(run, choice), &events);
  mark_violations(violations, drawn.content);
  drawn.scene = lay_out({&drawn.content, 1}, grey);
  return drawn;
}

// Takes the last `count` requests out of their batch: they end at `at`.
void end_without_batch(RunLog& run, std::size_t count, SimTime at, Status status, Reason reason) {
  for (std::size_t i = run.requests.size() - count; i < run.requests.size(); ++i) {
    RequestRow& row = run.requests[i];
    row.batch.reset();
    row.finished = at;
    row.status = status;
    row.reason = reason;
  }
}

TEST(DiagramMarks, EndTheBarOfACancelledRequestInACircle) {
  RunLog run = two_batches();
  const SimTime found = run.requests[15].arrival + kMs;
  end_without_batch(run, 2, found, Status::kCancelled, Reason::kCancelled);
  // Its client cancelled one of them before the scheduler looked.
  const RunEvents events{.cancels = {{15, found - kMs / 2}}, .faults = {}, .stages = {}};
  const Drawn drawn = draw(run, events);
  ASSERT_NE(drawn.mark("r14-cancelled"), nullptr);
  ASSERT_NE(drawn.mark("r15-cancelled"), nullptr);
  EXPECT_EQ(drawn.mark("r14-cancelled")->form, MarkForm::kCircle);
  EXPECT_EQ(drawn.mark("r15-gone")->box.left, drawn.mark("r15-forming")->box.right());
  EXPECT_EQ(drawn.mark("r14-gone"), nullptr);
  EXPECT_THAT(drawn.content.title, EndsWith("; 2 cancelled"));
  EXPECT_NE(drawn.label("CANCELLED"), nullptr);
}

TEST(DiagramMarks, EndTheBarOfAnExpiredRequestInATriangle) {
  RunLog run = two_batches();
  end_without_batch(run, 3, run.requests[15].arrival + kMs, Status::kDeadlineExceeded,
                    Reason::kExpired);
  const Drawn drawn = draw(run);
  EXPECT_EQ(drawn.count("expired"), 3u);
  EXPECT_EQ(drawn.mark("r13-expired")->form, MarkForm::kTriangle);
  EXPECT_THAT(drawn.content.title, EndsWith("; 3 expired"));
  EXPECT_NE(drawn.label("DEADLINE_EXCEEDED"), nullptr);
  EXPECT_EQ(draw(two_batches()).count("expired"), 0u);
}

TEST(DiagramMarks, TellABatchThatExpiredFromOneThatTookTooLong) {
  RunLog run = two_batches();
  for (RequestRow& row : run.requests) {
    row.reason = row.batch == 1 ? Reason::kExpired : row.reason;
  }
  const Drawn executed = draw(run);
  EXPECT_EQ(executed.mark("r8-expired"), nullptr);
  ASSERT_NE(executed.mark("b1-expired"), nullptr);
  EXPECT_EQ(executed.mark("b1-expired")->form, MarkForm::kTriangle);
  EXPECT_EQ(executed.mark("b0-expired"), nullptr);
  // Not executed: it ends at once.
  for (RequestRow& row : run.requests) {
    row.finished = row.batch == 1 ? row.dispatched : *row.finished;
  }
  run.batches.at(1).record.reason = Reason::kExpired;
  run.batches.at(1).record.finished = run.batches.at(1).record.device_start =
      run.batches.at(1).record.dispatched;
  const Drawn skipped = draw(run);
  EXPECT_NE(skipped.mark("r8-expired"), nullptr);
  EXPECT_EQ(skipped.mark("b1-expired"), nullptr);
}

TEST(DiagramMarks, KeepThoseWhoEndedForAnotherReasonInAnotherComb) {
  RunLog run = two_batches();
  end_without_batch(run, 4, run.requests[15].arrival + kMs, Status::kCancelled, Reason::kCancelled);
  end_without_batch(run, 2, run.requests[15].arrival + kMs, Status::kUnavailable, Reason::kEvicted);
  const DiagramContent content = draw(run).content;
  std::map<std::string, std::size_t> combs;
  for (const Comb& comb : content.queues.at(0).combs) {
    combs[comb_label(comb, 8)] += comb.members.size();
  }
  EXPECT_EQ(combs["cancelled"], 2u);
  EXPECT_EQ(combs["evicted"], 2u);
}

TEST(DiagramMarks, ShowWhoJoinedAfterTheBatchWasDue) {
  RunLog run = two_batches();
  const auto kind_of_last = [&](SimTime due) {
    for (RequestRow& row : run.requests) {
      row.due = row.batch == 1 ? due : row.due;
    }
    run.batches.at(1).record.due = due;
    return draw(run).mark("r15")->kind;
  };
  EXPECT_EQ(kind_of_last(run.requests[15].arrival), "arrival");
  EXPECT_EQ(kind_of_last(run.requests[15].arrival - SimDuration{1}), "arrival late");
}

TEST(DiagramMarks, ShowARefusedRequestWithItsStatus) {
  RunLog run = two_batches();
  end_without_batch(run, 1, run.requests[15].arrival, Status::kUnavailable, Reason::kQueueFull);
  const Drawn drawn = draw(run);
  EXPECT_EQ(drawn.mark("r15")->kind, "arrival refused");
  EXPECT_NE(drawn.label("UNAVAILABLE"), nullptr);
}

TEST(DiagramMarks, ShowPaddingInStripesAboveTheRows) {
  RunLog run = two_batches();
  run.batches.at(0).record.rows = 4;
  run.batches.at(0).record.padded_rows = 6;
  const Drawn drawn = draw(run);
  const Mark& fill = *drawn.mark("b0-fill");
  const Mark& padding = *drawn.mark("b0-padding");
  EXPECT_EQ(padding.form, MarkForm::kStripes);
  EXPECT_EQ(padding.box.bottom(), fill.box.top);
  EXPECT_EQ(drawn.mark("b1-padding"), nullptr);
  EXPECT_NE(drawn.label("padding"), nullptr);
}

TEST(DiagramMarks, ShowStagesInThreeShadesAndTheWaitsBetweenThem) {
  RunLog run = two_batches();
  const BatchRecord& batch = run.batches.at(0).record;
  const auto at = [&](int eighth) {
    return batch.dispatched + (batch.finished - batch.dispatched) * eighth / 8;
  };
  const RunEvents events{.cancels = {},
                         .faults = {},
                         .stages = {{0,
                                     {.batch = 0,
                                      .launched = at(0),
                                      .to_device = {at(1), at(2)},
                                      .compute = {at(4), at(6)},
                                      .to_host = {at(6), at(8)}}}}};
  const Drawn drawn = draw(run, events);
  const auto box = [&](std::string_view id) { return drawn.mark(id)->box; };
  EXPECT_EQ(box("b0-gpu-queue").right(), box("b0-fill-in").left);
  EXPECT_EQ(box("b0-fill-in").right(), box("b0-gpu-queue-in").left);
  EXPECT_EQ(box("b0-gpu-queue-in").right(), box("b0-fill").left);
  EXPECT_EQ(box("b0-fill").right(), box("b0-fill-out").left);
  EXPECT_EQ(box("b0-fill-out").right(), box("b0").right());
  EXPECT_EQ(drawn.mark("b0-gpu-queue-out"), nullptr);
  EXPECT_NE(drawn.mark("b0-fill-in")->fill, drawn.mark("b0-fill")->fill);
  EXPECT_NE(drawn.mark("b0-fill-out")->fill, drawn.mark("b0-fill")->fill);
  EXPECT_EQ(drawn.mark("b1-fill-in"), nullptr);  // of it nothing is known
  EXPECT_NE(drawn.label("copy in, compute, copy out"), nullptr);
}

TEST(DiagramMarks, CountTheBatchesThatShareAGpu) {
  RunLog run = make_run_log({.requests = 24, .timeout_us = 100'000, .lanes = 3, .mean_gap_us = 10});
  EXPECT_EQ(draw(run).count("sharing"), 0u);   // one after another
  EXPECT_EQ(draw(run).count("gpu"), 2u + 3u);  // two wait for it, and three boxes in its row
  // Side by side: the second begins a millisecond before the first one ends.
  BatchRecord& second = run.batches.at(1).record;
  second.device_start = run.batches.at(0).record.finished - kMs;
  const Drawn drawn = draw(run);
  EXPECT_EQ(drawn.count("sharing"), 4u);  // 1, 2, 1, 1
  EXPECT_THAT(
      drawn
          .mark("gpu0-at-" + std::to_string(ns_of(second.device_start) - ns_of(drawn.content.from)))
          ->tooltip,
      ::testing::StartsWith("2 batches on GPU 0 for 1 ms: B0 B1"));
}

TEST(DiagramMarks, ShowAnswersThatWereHeldBack) {
  RunLog run = two_batches();
  EXPECT_EQ(draw(run).mark("b0-held"), nullptr);
  run.requests[3].finished = run.batches.at(0).record.finished + kMs;
  const Drawn drawn = draw(run);
  EXPECT_EQ(drawn.mark("b0-held")->box.left + 1, drawn.mark("b0")->box.right());
  EXPECT_NE(drawn.mark("b0-reply"), nullptr);
  EXPECT_EQ(drawn.mark("b1-held"), nullptr);
}

TEST(DiagramMarks, ShowLanesThatWereDownWithinTheWindow) {
  const RunLog run = two_batches();
  const SimTime end = *run.requests[15].finished;
  const RunEvents events{
      .cancels = {},
      .faults = {{.lane = 1, .from = at_ns(0), .to = kForever, .text = "lost", .down = true},
                 {.lane = 0, .from = at_ns(0), .to = end, .text = "stall"},
                 {.lane = 0, .from = end, .text = "after the window"},
                 {.lane = 7, .from = at_ns(0), .text = "no such lane"}},
      .stages = {}};
  const Drawn drawn = draw(run, events);
  ASSERT_EQ(drawn.content.faults.size(), 2u);
  EXPECT_EQ(drawn.mark("fault-0")->kind, "fault down");
  EXPECT_EQ(drawn.mark("fault-1")->kind, "fault");
  EXPECT_GT(drawn.mark("fault-1")->box.top, drawn.mark("b0")->box.bottom() - 1);
  EXPECT_NE(drawn.label("⚡ lost"), nullptr);
}

TEST(DiagramMarks, ShowABatchThatFailedInRed) {
  RunLog run = two_batches();
  run.batches.at(1).record.status = Status::kInternal;
  EXPECT_NE(draw(run).label("⚡B1"), nullptr);
  EXPECT_NE(draw(run).label("B0"), nullptr);
}

DiagramViolation too_long(const RunLog& run, std::uint64_t request) {
  const RequestRow& row = run.requests[request];
  return {.rule = "L1 time-out",
          .measured = "waited 7 ms",
          .bound = "at most 2 ms",
          .from = row.arrival,
          .to = row.dispatched,
          .request = request,
          .batch = row.batch};
}

TEST(DiagramMarks, PutABracketWithBothNumbersOverWhatViolatesABound) {
  const RunLog run = two_batches();
  const Drawn drawn = draw(run, {}, {too_long(run, 9)});
  ASSERT_NE(drawn.label("L1 time-out: waited 7 ms, bound: at most 2 ms"), nullptr);
  const Mark& bracket = *drawn.mark("violation-0");
  EXPECT_EQ(bracket.box.left, drawn.mark("r9")->box.left + 1);
  EXPECT_TRUE(drawn.scene.faded);
  for (const char* id : {"violation-0", "r9", "b1", "b1-wall", "b1-fill"}) {
    EXPECT_TRUE(drawn.mark(id)->vivid) << id;
  }
  for (const char* id : {"r0", "r0-forming", "b0", "b0-wall"}) {
    EXPECT_FALSE(drawn.mark(id)->vivid) << id;
  }
  EXPECT_FALSE(draw(run).scene.faded);
}

TEST(DiagramMarks, SayThatViolationsLieOutsideOfThePicture) {
  const RunLog run = two_batches();
  DiagramViolation late = too_long(run, 9);
  late.from = late.to = *run.requests[15].finished;
  EXPECT_NE(draw(run, {}, {late}).label("1 more violated bounds are not drawn"), nullptr);
  EXPECT_FALSE(draw(run, {}, {late}).scene.faded);
  late.from = late.to = late.to - SimDuration{1};
  EXPECT_TRUE(draw(run, {}, {late}).scene.faded);
}

TEST(DiagramMarks, AViolationHasAWindowOfItsOwn) {
  DiagramViolation violation{.rule = "", .measured = "", .bound = "", .from = at_ns(7)};
  EXPECT_EQ(violation_window(violation).kind, WindowChoice::Kind::kInstant);
  EXPECT_EQ(violation_window(violation).from, at_ns(7));
  violation.batch = 4;
  EXPECT_EQ(violation_window(violation).kind, WindowChoice::Kind::kBatch);
  violation.request = 9;
  EXPECT_EQ(violation_window(violation).kind, WindowChoice::Kind::kRequest);
  EXPECT_EQ(violation_window(violation).id, 9u);
}

TEST(DiagramMarks, WriteALetterOnTheWallWithoutColours) {
  const RunLog run = two_batches();
  const Drawn grey = draw(run, {}, {}, true);
  EXPECT_NE(grey.label("F"), nullptr);
  EXPECT_NE(grey.label("B0 F"), nullptr);
  EXPECT_NE(grey.label("F full"), nullptr);
  EXPECT_TRUE(grey.scene.grey);
  EXPECT_EQ(draw(run).label("F"), nullptr);
}

TEST(DiagramMarks, BeyondTwoHundredRequestsCombsAreOutlines) {
  const auto drawn = [](std::uint32_t requests) {
    return draw(make_run_log({.requests = requests, .mean_gap_us = 300}));
  };
  const Drawn bars = drawn(200);
  EXPECT_EQ(bars.count("arrival"), 200u);
  EXPECT_EQ(bars.count("comb"), 0u);
  const Drawn outlines = drawn(201);
  EXPECT_EQ(outlines.count("arrival"), 0u);
  EXPECT_EQ(outlines.count("comb"), outlines.content.queues.at(0).combs.size());
}

TEST(DiagramMarks, OutlinesHaveALabelOnlyWhereTheyAreWide) {
  const Drawn drawn =
      draw(make_run_log({.requests = 400, .timeout_us = 6'000, .mean_gap_us = 300}));
  std::size_t labelled = 0;
  for (const Comb& comb : drawn.content.queues.at(0).combs) {
    const std::string id = "b" + std::to_string(*comb.batch);
    const int width = drawn.mark(id + "-comb")->box.width;
    const auto label = std::find_if(drawn.scene.labels.begin(), drawn.scene.labels.end(),
                                    [&](const Label& other) { return other.id == id + "-label"; });
    const bool has_label = label != drawn.scene.labels.end();
    EXPECT_EQ(has_label, width > 24) << id;
    labelled += has_label ? 1u : 0u;
  }
  EXPECT_GT(labelled, 0u);
  EXPECT_LT(labelled, drawn.content.queues.at(0).combs.size());
}

TEST(DiagramCard, SaysWhyABatchLeftAndHowItWaited) {
  RunLog run = two_batches();
  run.batches.at(1).record.padded_rows = 16;
  const Result<std::string> text = draw_diagram(
      run,
      {.window = {.kind = WindowChoice::Kind::kBatch, .id = 1}, .format = DiagramFormat::kText});
  ASSERT_TRUE(text.has_value());
  EXPECT_THAT(*text, HasSubstr("batch B1: full, its rows reached the batch size limit, 8 rows in 8 "
                               "pieces, padded to 16"));
  EXPECT_THAT(*text, HasSubstr("opened by: request 8, at "));
  EXPECT_THAT(*text, HasSubstr("queued on the GPU"));
  EXPECT_THAT(*text, HasSubstr("max_batch_size 8, batch_timeout_micros 100000"));
  EXPECT_THAT(*draw_diagram(run, {.format = DiagramFormat::kText}), Not(HasSubstr("opened by")));
}

}  // namespace
}  // namespace lockstep
