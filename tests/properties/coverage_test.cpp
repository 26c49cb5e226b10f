// The catalogue of what a campaign must see, and the anomalies that it must find.
#include "properties/coverage/coverage.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "properties/cases/case_run.h"
#include "properties/coverage/anomalies.h"
#include "properties/generate/draw_case.h"

namespace lockstep {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

void observe(const Case& value, Coverage& coverage) {
  Result<MadeScheduler> made = make_registered(value);
  if (!made) {
    coverage.observe_refused(value);
    return;
  }
  RunRecord record;
  static_cast<void>(run_case(value, std::move(*made), record));
  coverage.observe(value, record);
}

Coverage campaign(std::uint64_t seed, std::uint64_t cases_each) {
  Coverage coverage;
  for (const Subject& subject : registered_subjects()) {
    for (std::uint64_t index = 0; index < cases_each; ++index) {
      observe(draw_case(subject, seed, index), coverage);
    }
  }
  return coverage;
}

TEST(Coverage, IsCompleteAfterTwentyThousandCases) {
  const Coverage coverage = campaign(1, 3334);
  EXPECT_THAT(coverage.missing(), IsEmpty()) << coverage.table();
}

TEST(Coverage, NamesWhatACampaignMissed) {
  Coverage coverage;
  Case dull{.scheduler = "tf-jit", .events = {{.gap = SimDuration{0}}}};
  for (int i = 0; i < 1000; ++i) {
    observe(dull, coverage);
  }
  EXPECT_THAT(coverage.missing(), Contains(StartsWith("tf-jit: end evicted in 0 of 1000 cases")));
  EXPECT_THAT(coverage.missing(), Not(Contains(StartsWith("tf-jit: end answered"))));
  EXPECT_THAT(coverage.missing(), Not(Contains(StartsWith("tf-shared"))));  // not run
}

TEST(Coverage, IsTheSameHoweverItWasMerged) {
  const Subject subject = registered_subjects()[0];
  Coverage all;
  Coverage even;
  Coverage odd;
  for (std::uint64_t index = 0; index < 100; ++index) {
    const Case value = draw_case(subject, 1, index);
    observe(value, all);
    observe(value, index % 2 == 0 ? even : odd);
  }
  odd.merge(even);
  EXPECT_EQ(odd.table(), all.table());
}

// A reason that nobody requires would be one that a campaign may never have met.
TEST(Coverage, RequiresEveryReasonAndStatusOfSomebody) {
  const auto required = [](std::size_t mark) {
    const std::span<const RequiredMark> all = required_marks();
    return std::any_of(all.begin(), all.end(),
                       [&](const RequiredMark& r) { return r.mark == mark_name(mark); });
  };
  for (std::uint8_t number = 1; number < kReasonCount; ++number) {  // 0 is no reason
    const auto reason = static_cast<Reason>(number);
    EXPECT_TRUE(required(mark_of_batch(reason)) || required(mark_of_end(reason)))
        << reason_name(reason);
  }
  for (const RequiredMark& mark : required_marks()) {
    EXPECT_LT(find_mark(mark.mark), kMarkCount) << mark.mark;
  }
}

TEST(Marks, HaveNamesOfTheirOwn) {
  for (std::size_t mark = 0; mark < kMarkCount; ++mark) {
    EXPECT_EQ(find_mark(mark_name(mark)), mark) << mark_name(mark);
  }
}

Marks marks(const Case& value) {
  RunRecord record;
  static_cast<void>(run_case(value, *make_registered(value), record));
  return marks_of(value, record);
}

TEST(Marks, TellOneNanosecondFromTheNext) {
  Case value{.scheduler = "tf-shared",
             .options = {{"max_batch_size", "4"},
                         {"batch_timeout_micros", "5"},
                         {"num_batch_threads", "1"}},
             .events = {{}, {.gap = SimDuration{4'999}}}};
  EXPECT_TRUE(marks(value).test(mark_of(Sight::kJoinedOneBeforeTimeout)));
  EXPECT_FALSE(marks(value).test(mark_of(Sight::kMissedAtTimeout)));
  value.events[1].gap = SimDuration{5'000};  // the timer goes first
  EXPECT_FALSE(marks(value).test(mark_of(Sight::kJoinedOneBeforeTimeout)));
  EXPECT_TRUE(marks(value).test(mark_of(Sight::kMissedAtTimeout)));
  value.ties = {1};  // the arrival goes first
  EXPECT_TRUE(marks(value).test(mark_of(Sight::kJoinedAtTimeout)));
  EXPECT_FALSE(marks(value).test(mark_of(Sight::kMissedAtTimeout)));
}

TEST(Anomalies, AreFoundWhateverTheSeed) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    for (const Anomaly& anomaly : find_anomalies(seed)) {
      EXPECT_TRUE(anomaly.found) << anomaly.text;
      EXPECT_GT(anomaly.after_ns, anomaly.before_ns) << anomaly.text;
      EXPECT_NE(anomaly.before, anomaly.after) << anomaly.text;
    }
  }
}

// verification 3.4, to the millisecond.
TEST(Anomalies, BeginWithTheExamplesOfTheSpecification) {
  const std::vector<Anomaly> anomalies = find_anomalies(1);
  EXPECT_EQ(anomalies[0].claim, "another lane cannot hurt");
  EXPECT_EQ(anomalies[0].before_ns, 44'000'000);
  EXPECT_EQ(anomalies[0].after_ns, 45'000'000);
  EXPECT_EQ(anomalies[1].before_ns, 83'000'000);  // the mean of four is 20.75 ms
  EXPECT_EQ(anomalies[1].after_ns, 112'000'000);  // 28 ms
  EXPECT_EQ(anomalies[4].before_ns, 25'000'000);  // 12.5 ms each
  EXPECT_EQ(anomalies[4].after_ns, 32'000'000);   // 16 ms each
}

}  // namespace
}  // namespace lockstep
