// What a comparison is made of beside the figures: intervals, decisions, pictures, verdict files.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/prng.h"
#include "reports/cdf_picture.h"
#include "reports/compare_json.h"
#include "reports/confidence.h"
#include "reports/first_decision.h"
#include "reports/junit.h"
#include "tests/support/golden.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

TEST(Confidence, OfAFewValuesIsStudents) {
  // Mean 20, standard deviation 10, t(2) 4.303: 4.303 * 10 / sqrt(3) = 24.84.
  const std::vector<std::int64_t> three = {10, 20, 30};
  EXPECT_EQ(mean_of_independent(three).mean, 20);
  EXPECT_THAT(mean_of_independent(three).half_width, Optional(25));
  const std::vector<std::int64_t> one = {7};
  EXPECT_EQ(mean_of_independent(one).mean, 7);
  EXPECT_FALSE(mean_of_independent(one).half_width);
  EXPECT_FALSE(mean_of_independent({}).half_width);
}

TEST(Confidence, LargeValuesDoNotOverflow) {
  constexpr std::int64_t kLarge = std::int64_t{1} << 59;
  // Student's t(1), 12.706, times half of the distance: the widest that there is.
  const std::vector<std::int64_t> close = {kLarge, kLarge + 2'000};
  EXPECT_EQ(mean_of_independent(close).mean, kLarge + 1'000);
  EXPECT_THAT(mean_of_independent(close).half_width, Optional(12'706));
}

TEST(Confidence, OfCorrelatedValuesNeedsAHundred) {
  std::vector<std::int64_t> values(99, 5);
  EXPECT_FALSE(mean_of_correlated(values).half_width);
  values.push_back(5);
  EXPECT_THAT(mean_of_correlated(values).half_width, Optional(0));
}

// The true mean is 0. Values that stay for 50 requests and are taken for independent are trusted
// far too much; batch means are about right: 95 % of 400 are 380.
TEST(Confidence, BatchMeansCoverWhatIndependenceDoesNot) {
  Prng prng(7, "confidence");
  int by_batch_means = 0;
  int by_independence = 0;
  for (int run = 0; run < 400; ++run) {
    std::vector<std::int64_t> values;
    while (values.size() < 4'000) {
      const std::int64_t level = static_cast<std::int64_t>(prng.below(2'000'001)) - 1'000'000;
      values.insert(values.end(), 50, level);
    }
    const auto covers = [&](const MeanInterval& interval) {
      return std::abs(interval.mean) <= *interval.half_width;
    };
    by_batch_means += covers(mean_of_correlated(values)) ? 1 : 0;
    by_independence += covers(mean_of_independent(values)) ? 1 : 0;
  }
  EXPECT_GE(by_batch_means, 365);
  EXPECT_LE(by_batch_means, 395);
  EXPECT_LT(by_independence, 200);
}

// A journal of these lines.
class Journal {
 public:
  Journal& arrive(std::int64_t at, std::uint64_t request) {
    JournalLine line;
    line.is_input = true;
    line.input.kind = InputKind::kArrive;
    line.input.now = at_ns(at);
    line.request = RequestId{request};
    lines_.push_back(line);
    return *this;
  }
  Journal& start(std::uint64_t batch, std::uint64_t request, Reason reason,
                 std::uint32_t lane = 0) {
    JournalLine line;
    line.is_input = false;
    line.decision.kind = DecisionKind::kStart;
    line.decision.batch = BatchId{batch};
    line.decision.lane = LaneId{lane};
    line.decision.reason = reason;
    line.members = {{.request = RequestId{request}, .rows = 1}};
    lines_.push_back(line);
    return *this;
  }
  Journal& plan(DecisionKind kind) {
    JournalLine line;
    line.is_input = false;
    line.decision.kind = kind;
    lines_.push_back(line);
    return *this;
  }
  [[nodiscard]] JournalLineSource source() const {
    return [lines = lines_, next = std::size_t{0}]() mutable -> Result<std::optional<JournalLine>> {
      return next < lines.size() ? std::optional(lines[next++]) : std::nullopt;
    };
  }

 private:
  std::vector<JournalLine> lines_;
};

std::optional<DecisionDivergence> divergence(const Journal& a, const Journal& b) {
  JournalLineSource of_a = a.source();
  JournalLineSource of_b = b.source();
  const Result<std::optional<DecisionDivergence>> first = first_divergent_decision(of_a, of_b);
  EXPECT_TRUE(first);
  return first ? *first : std::nullopt;
}

TEST(FirstDecision, IsTheFirstThatSaysSomethingElse) {
  const Journal a =
      Journal().arrive(1, 0).start(0, 0, Reason::kFull).arrive(2, 1).start(1, 1, Reason::kTimeout);
  const Journal b =
      Journal().arrive(1, 0).start(0, 0, Reason::kFull).arrive(2, 1).start(1, 1, Reason::kFull);
  EXPECT_FALSE(divergence(a, a));
  const auto first = divergence(a, b);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->before, 1u);
  EXPECT_FALSE(first->placement_only);
  EXPECT_THAT(*first->a, HasSubstr("at 2ns arrive request 1"));
  EXPECT_THAT(*first->a, HasSubstr("start batch 1"));
  EXPECT_THAT(*first->a, HasSubstr(", timeout"));
  EXPECT_THAT(*first->b, HasSubstr(", full"));
}

TEST(FirstDecision, PlansAndWhatTheDeviceDidDoNotCount) {
  const Journal a = Journal().arrive(1, 0).start(0, 0, Reason::kFull);
  const Journal b = Journal()
                        .arrive(1, 0)
                        .plan(DecisionKind::kWake)
                        .start(0, 0, Reason::kFull)
                        .plan(DecisionKind::kFinishBatch);
  EXPECT_FALSE(divergence(a, b));
}

TEST(FirstDecision, OtherTimesAreToldOnlyWhereNothingElseDiffers) {
  const Journal a = Journal().arrive(1, 0).start(0, 0, Reason::kFull);
  const Journal late = Journal().arrive(2, 0).start(0, 0, Reason::kFull);
  const auto placement = divergence(a, late);
  ASSERT_TRUE(placement);
  EXPECT_TRUE(placement->placement_only);
  const auto longer = divergence(a, Journal(late).arrive(3, 1).start(1, 1, Reason::kFull, 1));
  ASSERT_TRUE(longer);
  EXPECT_FALSE(longer->placement_only);
  EXPECT_FALSE(longer->a);
  EXPECT_THAT(
      divergence_text(longer),
      HasSubstr("first divergent decision, after 1 same one\n  A nothing more was decided"));
}

TEST(Junit, FailuresAreCountedAndTextsEscaped) {
  const std::vector<JunitCase> cases = {{.name = "p99 <= 5 & more", .failure = ""},
                                        {.name = "p50", .failure = "FAIL \"x\"\n\x01"}};
  EXPECT_EQ(
      junit_xml("a < b", cases),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites>\n"
      "  <testsuite name=\"a &lt; b\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
      "    <testcase classname=\"a &lt; b\" name=\"p99 &lt;= 5 &amp; more\"/>\n"
      "    <testcase classname=\"a &lt; b\" name=\"p50\">\n"
      "      <failure message=\"FAIL &quot;x&quot;??\"/>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "</testsuites>\n");
}

TEST(CdfPicture, OfTwoSmallRunsIsAsRecorded) {
  const RunLog a = make_run_log({.requests = 60});
  const RunLog b = make_run_log({.requests = 60, .timeout_us = 6'000, .refuse_one_in = 4});
  const std::string svg = cdf_svg(std::vector{cdf_of(a, "A <plain>"), cdf_of(b, "B")});
  EXPECT_THAT(svg, HasSubstr("A &lt;plain&gt;: p50 "));
  expect_golden("cdf.svg", svg);
}

// With refused requests the curve ends below the top.
TEST(CdfPicture, EndsWhereTheAnswersEnd) {
  CdfCurve curve{.label = "half", .latencies = {SimDuration{1'000}}, .requests = 2};
  EXPECT_THAT(cdf_svg(std::vector{curve}), HasSubstr("V190\" fill"));
  curve.requests = 1;
  EXPECT_THAT(cdf_svg(std::vector{curve}), HasSubstr("V20\" fill"));
  curve.latencies.clear();
  EXPECT_THAT(cdf_svg(std::vector{curve}), HasSubstr("of 0 answered"));
}

TEST(Compare, AsTextAndJsonOfOneSmallRunAreAsRecorded) {
  RunLog a = make_run_log({.requests = 120});
  RunLog b = make_run_log({.requests = 120, .timeout_us = 6'000});
  a.directory = "a";
  b.directory = "b";
  b.settings.emplace_back("on", "cpu");
  const Result<RunComparison> comparison = compare_runs(a, b);
  ASSERT_TRUE(comparison);
  const ComparisonExtras extras{
      .reexecuted = {"re-executed: b: a fresh core took the same 9 decisions"},
      .decisions = "first divergent decision, after 1 same one\n",
      .stages_a = mean_stages(computed_only(a)),
      .stages_b = mean_stages(computed_only(b)),
      .repeats = {{.directory = "b",
                   .identical_share = 5,
                   .latency = comparison->b.latency,
                   .by_rows = comparison->by_rows},
                  {.directory = "b2",
                   .identical_share = 6,
                   .latency = comparison->a.latency,
                   .by_rows = comparison->by_rows}}};
  const std::vector<RegressionLimit> limits = {{.figure = 3, .per_million = 5'000'000}};
  expect_golden("compare.txt",
                comparison_text(*comparison, a, b, extras) + verdict_text(*comparison, limits, 0));
  const std::string json = comparison_json(*comparison, a, b, extras, {"FAIL \x1b"});
  expect_golden("compare.json", json);
  EXPECT_EQ(nlohmann::json::parse(json)["failures"][0], "FAIL ?");
}

}  // namespace
}  // namespace lockstep
