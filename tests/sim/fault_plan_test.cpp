// The text of fault plans: what it says, that it reads back, and where its errors are.
#include "sim/fault_plan.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/fault_source.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string canonical_plan(const std::string& text) {
  const Result<FaultPlan> plan = parse_fault_plan("plan.txt", text);
  return plan ? fault_plan_text(*plan) : plan.error().message;
}

TEST(FaultPlan, EachExampleReadsBackAsItIs) {
  for (const FaultKindInfo& kind : fault_kinds()) {
    EXPECT_EQ(canonical_plan(std::string(kind.example)), kind.example);
  }
}

TEST(FaultPlan, LinesRemarksAndBlanksAreOneText) {
  EXPECT_EQ(
      canonical_plan("# a bad day\r\n  stall  lane=1\tat=2s for=50ms # hangs\n\n;; fail at=1s ;"),
      "stall lane=1 at=2s for=50ms; fail at=1s");
}

TEST(FaultPlan, DefaultsAreNotWrittenAndTimesHaveOneForm) {
  EXPECT_EQ(canonical_plan("fail at=1500us count=1 status=INTERNAL; cancel at=0ns share=100.0%; "
                           "burst at=1s requests=2 size=1; sticky gpu=0 at=1s fence=on; "
                           "slow at=1s for=1s factor=2.50"),
            "fail at=1.5ms; cancel at=0ns; burst at=1s requests=2; sticky gpu=0 at=1s; "
            "slow at=1s for=1s factor=2.5");
  EXPECT_EQ(canonical_plan("late lane=3 at=1s count=2 by=1us; fail batch=7 status=UNAVAILABLE; "
                           "cancel at=1s share=12.5% queue=a:b; sticky gpu=1 at=1s fence=off"),
            "late lane=3 at=1s count=2 by=1us; fail batch=7 status=UNAVAILABLE; "
            "cancel at=1s share=12.5% queue=a:b; sticky gpu=1 at=1s fence=off");
}

TEST(FaultPlan, AnErrorNamesItsPlace) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"stal lane=1", "plan.txt:1:1: found \"stal\", expected a fault: stall, slow"},
      {"fail at=1s\n  stall lane=1 at=2s", "plan.txt:2:3: found no for=, expected such as 'stall"},
      {"fail at=1s; oom lane", "plan.txt:1:17: found \"lane\", expected NAME=VALUE"},
      {"oom at=1s for=2s", "plan.txt:1:11: found \"for\", expected an option of oom: lane, gpu"},
      {"oom at=1s at=2s", "plan.txt:1:11: found at= twice, expected it once"},
      {"oom at=1", "plan.txt:1:5: found at=1, expected a time with its unit"},
      {"stall at=1s for=0ns", "plan.txt:1:13: found for=0ns, expected a time"},
      {"late at=1s by=0ns", "plan.txt:1:12: found by=0ns"},
      {"oom lane=4096 at=1s", "plan.txt:1:5: found lane=4096, expected a whole number from 0"},
      {"oom at=1s count=0", "plan.txt:1:11: found count=0, expected a whole number from 1"},
      {"slow at=1s for=1s factor=0.9", "plan.txt:1:19: found factor=0.9, expected 1 to 1000"},
      {"cancel at=1s share=50", "plan.txt:1:14: found share=50, expected more than 0% to 100%"},
      {"cancel at=1s share=0%", "plan.txt:1:14: found share=0%"},
      {"cancel at=1s share=101%", "plan.txt:1:14: found share=101%"},
      {"fail at=1s status=OK", "plan.txt:1:12: found status=OK, expected a status of a failure"},
      {"sticky gpu=0 at=1s fence=no", "plan.txt:1:20: found fence=no, expected fence=on"},
      {"burst at=1s requests=1 queue=a'b", "plan.txt:1:24: found queue=a'b, expected queue as"},
      {"oom lane=0 gpu=0 at=1s", "plan.txt:1:12: found gpu= with lane=, expected one of them"},
      {"oom batch=3 at=1s", "plan.txt:1:13: found at= with batch=, expected batch= alone"},
      {"oom lane=0", "plan.txt:1:1: found neither at= nor batch="},
      {"watchdog after=1s; watchdog after=2s", "plan.txt:1:20: found a second watchdog"},
      {"timer latency=1ms; timer grid=2ms", "plan.txt:1:20: found a second timer"},
      {"timer", "plan.txt:1:1: found a timer that is on time"},
      {"timer grid=0ns", "plan.txt:1:7: found grid=0ns"},
      {"oom at=1s\x01", "plan.txt:1:10: found"},
  };
  for (const auto& [text, message] : wrong) {
    EXPECT_THAT(canonical_plan(text), StartsWith(message)) << text;
  }
}

TEST(FaultPlan, NearMissesAreSuggested) {
  EXPECT_THAT(canonical_plan("stal at=1s for=1s"), HasSubstr("(did you mean stall?)"));
}

TEST(FaultPlan, TheLastLaneAndGpuFitTheRunAndTheNextDoNot) {
  const auto fits = [](const std::string& text) {
    const Result<void> checked = check_fault_plan(*parse_fault_plan("p", text), 4, 2);
    return checked ? "" : checked.error().message;
  };
  EXPECT_EQ(fits("stall lane=3 at=1s for=1s; lost gpu=1 at=1s"), "");
  EXPECT_EQ(fits("fail at=1s\n stall lane=4 at=1s for=1s"),
            "p:2:2: found lane=4, expected 0 to 3: this run has 4 lanes");
  EXPECT_EQ(fits("lost gpu=2 at=1s"), "p:1:1: found gpu=2, expected 0 to 1: this run has 2 GPUs");
}

TEST(FaultPlan, IsInsideThePromiseWhenEveryFaultEnds) {
  const auto regime = [](const std::string& text) {
    return regime_of(*parse_fault_plan("p", text));
  };
  EXPECT_EQ(regime("stall at=1s for=1h; lost gpu=0 at=1s for=1s; sticky gpu=0 at=1s reset=1s"),
            FaultRegime::kInside);
  EXPECT_EQ(regime("lost gpu=0 at=1s"), FaultRegime::kBeyond);
  EXPECT_EQ(regime("sticky gpu=0 at=1s fence=off"), FaultRegime::kBeyond);
  EXPECT_EQ(regime("drop at=1s"), FaultRegime::kBeyond);
  EXPECT_EQ(regime("drop at=1s; watchdog after=1s"), FaultRegime::kBeyond);
  EXPECT_EQ(regime("drop at=1s; watchdog after=1s reset=1s"), FaultRegime::kInside);
  EXPECT_EQ(regime("watchdog after=1s"), FaultRegime::kBeyond);
}

TEST(FaultSource, ADrawnPlanIsAFunctionOfTheSeedAndReadsBack) {
  const auto drawn = [](const std::string& text, std::uint64_t seed) {
    const Result<SourcedFaults> faults =
        read_faults(text, {.lane_count = 3, .gpu_count = 2, .seed = seed});
    return faults ? fault_plan_text(faults->plan) : faults.error().message;
  };
  const std::string plan = drawn("random:50/s,until=4s", 7);
  EXPECT_EQ(drawn("random:50/s,until=4s", 7), plan);
  EXPECT_NE(drawn("random:50/s,until=4s", 8), plan);
  EXPECT_EQ(canonical_plan(plan), plan);
  const FaultPlan read = *parse_fault_plan("p", plan);
  EXPECT_EQ(regime_of(read), FaultRegime::kInside);
  EXPECT_TRUE(check_fault_plan(read, 3, 2));
  EXPECT_NEAR(static_cast<double>(read.faults.size()), 200, 60);
  EXPECT_EQ(regime_of(*parse_fault_plan("p", drawn("random:50/s,until=4s,regime=beyond", 7))),
            FaultRegime::kBeyond);
}

TEST(FaultSource, TellsFilesFromTexts) {
  EXPECT_TRUE(names_fault_file("faults.txt"));
  EXPECT_TRUE(names_fault_file("./stall"));
  EXPECT_FALSE(names_fault_file(" stall lane=1"));
  EXPECT_FALSE(names_fault_file("stal lane=1"));
  EXPECT_FALSE(names_fault_file("timer"));
  EXPECT_FALSE(names_fault_file("random:1/s"));
}

TEST(FaultSource, RefusesWrongDraws) {
  const auto refusal = [](const std::string& text) {
    return read_faults(text, {}).error().message;
  };
  EXPECT_EQ(refusal("random:3"),
            "--faults: found \"3\", expected a rate of faults, such as "
            "random:3/s");
  EXPECT_EQ(refusal("random:3/s,until=9"),
            "--faults: found \"until=9\", expected a time with its unit: until=10s");
  EXPECT_EQ(refusal("random:3/s,often"),
            "--faults: found \"often\", expected until=TIME, regime=inside or regime=beyond");
  EXPECT_THAT(refusal("random:9/us,until=1h"), HasSubstr("found more than 65536 drawn faults"));
}

}  // namespace
}  // namespace lockstep
