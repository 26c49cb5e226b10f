// Cases and regressions as text: what is written reads back, and a wrong one says where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "properties/cases/case.h"
#include "properties/verify/regression.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Case every_field() {
  Case value{.scheduler = "tf-shared",
             .options = {{"max_batch_size", "4"}, {"allowed_batch_sizes", "1,2,4"}},
             .queues = {{{"max_batch_size", "2"}}, {}},
             .seed = 7,
             .device = "1ms+50us/row",
             .faults = "stall lane=0 at=1ms for=2ms",
             .gpus = 2};
  value.events = {
      {.gap = SimDuration{5}, .queue = 1, .rows = 3, .priority = 2, .timeout = SimDuration{9}},
      {.kind = CaseEventKind::kCancel, .request = 0},
      {.kind = CaseEventKind::kCloseQueue, .queue = 1},
      {.kind = CaseEventKind::kLaneDown, .lane = 1, .lost = true},
      {.kind = CaseEventKind::kLaneUp, .lane = 1}};
  value.executions = {{.waits = SimDuration{1}, .takes = SimDuration{2}},
                      {.takes = SimDuration{3}, .status = Status::kInternal}};
  value.ties = {0, 1, 2};
  return value;
}

TEST(CaseText, ReadsBackWhatItWrites) {
  const Case value = every_field();
  const Result<Case> again = case_from_text("case", case_text(value));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, value);
  EXPECT_EQ(case_text(*again), case_text(value));
}

TEST(CaseText, SaysWhereAWrongOneIsWrong) {
  const auto error = [](const char* text) {
    return case_from_text("c.json", text).error().message;
  };
  EXPECT_EQ(error(R"({"events":[]})"), "c.json:1:1: found no key 'scheduler', expected it");
  EXPECT_EQ(error(R"({"scheduler":"a","events":[{"gap":-1}]})"),
            "c.json:1:35: found -1, expected a number from 0 to 1152921504606846976");
  EXPECT_THAT(error(R"({"scheduler":"a","events":[{"kind":"go"}]})"),
              HasSubstr("found 'go', expected one of arrive, cancel"));
  EXPECT_THAT(error(R"({"scheduler":"a","ties":[256]})"),
              HasSubstr("expected a number from 0 to 255"));
}

TEST(CaseText, TellsPeopleWhatHappens) {
  const std::string text = describe(every_field());
  EXPECT_THAT(text, HasSubstr("at 5ns: request 0 of 3 rows to queue 1, priority 2"));
  EXPECT_THAT(text, HasSubstr("the client of request 0 cancels"));
  EXPECT_THAT(text, HasSubstr("lane 1 goes down for good"));
}

TEST(Regressions, ReadBackAndSayWhereTheyAreWrong) {
  const Regression regression{.property = "L1", .digest = 0x1234, .value = every_field()};
  const std::string line = regression_line(regression);
  const Result<std::vector<Regression>> again = parse_regressions("r.jsonl", line + "\n\n" + line);
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_EQ(again->size(), 2u);
  EXPECT_EQ(again->back().value, regression.value);
  EXPECT_EQ(again->back().digest, 0x1234u);
  EXPECT_EQ(parse_regressions("r.jsonl", "\n{\"property\":\"L1\"}").error().message,
            "r.jsonl:2:1: found no property or no case, expected both");
}

Case two_requests() {
  return {.scheduler = "tf-shared",
          .options = {{"max_batch_size", "2"}},
          .events = {{}, {.gap = SimDuration{10}}}};
}

TEST(Regressions, AreStaleWhenTheirRunIsAnother) {
  RunRecord record;
  const Verdict verdict = judge_case(two_requests(), make_registered, {}, record);
  ASSERT_FALSE(verdict.violation);
  const auto state = [&](std::optional<std::uint64_t> digest) {
    return judge_regression({.property = "L1", .digest = digest, .value = two_requests()},
                            make_registered)
        .state;
  };
  EXPECT_EQ(state(verdict.digest), RegressionState::kHolds);
  EXPECT_EQ(state(std::nullopt), RegressionState::kHolds);
  EXPECT_EQ(state(verdict.digest + 1), RegressionState::kStale);
}

}  // namespace
}  // namespace lockstep
