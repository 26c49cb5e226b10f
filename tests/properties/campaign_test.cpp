// Campaigns: the same findings whatever the number of jobs, and whatever becomes of a worker.
#include "properties/verify/campaign.h"

#include <csignal>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "properties/verify/finding_files.h"
#include "properties/verify/isolated_judge.h"
#include "tests/support/sanitized.h"

namespace lockstep {
namespace {

// Answers everybody at once, but for what a test lets it do to request `victim`.
class Answerer : public Scheduler {
 public:
  enum class Fault : std::uint8_t { kNone, kTwice, kCrash, kHang };
  Answerer(std::uint64_t victim, Fault fault) : victim_(victim), fault_(fault) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    if (input.kind != InputKind::kArrive) {
      return;
    }
    out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
    if (raw(requests.at(input.request).id) != victim_) {
      return;
    }
    if (fault_ == Fault::kTwice) {
      out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
    } else if (fault_ == Fault::kCrash) {
      ::raise(SIGSEGV);
    }
    while (fault_ == Fault::kHang) {
      spins_ = spins_ + 1;
    }
  }
  [[nodiscard]] QueueCounters counters(QueueId) const override { return {}; }
  [[nodiscard]] Promises promises() const override { return {}; }

 private:
  std::uint64_t victim_;
  Fault fault_;
  volatile std::uint64_t spins_ = 0;
};

// Every case has 0 to 49 requests; the victim is the last of 50, or each 40th.
CampaignSubject subject(Answerer::Fault fault, std::uint64_t victim) {
  return {.name = "answerer",
          .make = [=](const Case&) -> Result<MadeScheduler> {
            return MadeScheduler{std::make_unique<Answerer>(victim, fault), RunRules{}};
          },
          .draw =
              [](std::uint64_t seed, std::uint64_t index) {
                Prng prng(seed * 1'000'003 + index, "campaign-test");
                Case value{.scheduler = "answerer"};
                value.events.resize(prng.below(50));
                return value;
              }};
}

std::string findings_text(const CampaignResult& result) {
  std::string text = std::to_string(result.cases) + ":";
  for (const CampaignFinding& finding : result.findings) {
    text += " " + std::to_string(finding.index) + " " + finding.property;
  }
  return text;
}

CampaignResult campaign(Answerer::Fault fault, std::uint64_t victim, CampaignOptions options) {
  options.twice_one_in = 0;
  options.relations_one_in = 0;
  Result<CampaignResult> result = run_campaign({subject(fault, victim)}, options);
  EXPECT_TRUE(result);
  return std::move(*result);
}

TEST(Campaign, CountsWhatItRan) {
  const CampaignResult result =
      campaign(Answerer::Fault::kNone, 0, {.seed = 3, .cases = 1000, .jobs = 2});
  EXPECT_EQ(result.cases, 1000u);
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(result.tally.cases, 1000u);
  EXPECT_GT(result.tally.median_requests(), 20u);
  EXPECT_LT(result.tally.median_requests(), 28u);
}

TEST(Campaign, FindsTheSameWhateverTheNumberOfJobs) {
  // Only cases of 49 requests, one in 50, have a victim.
  const auto found = [](std::uint32_t jobs) {
    return findings_text(
        campaign(Answerer::Fault::kTwice, 48, {.seed = 5, .cases = 2000, .jobs = jobs}));
  };
  const std::string one = found(1);
  EXPECT_THAT(one, ::testing::ContainsRegex("^[0-9]+: [0-9]+ "));
  EXPECT_EQ(found(2), one);
  EXPECT_EQ(found(5), one);
}

TEST(Campaign, GoesOnAfterAFindingWhenAllAreWanted) {
  const CampaignResult result =
      campaign(Answerer::Fault::kTwice, 48, {.seed = 5, .cases = 2000, .jobs = 2, .stops = false});
  EXPECT_EQ(result.cases, 2000u);
  EXPECT_EQ(result.findings.size(), 1u);
}

TEST(Campaign, ACrashIsAFindingWithItsCase) {
  if (support::kSanitized) {
    GTEST_SKIP() << "the sanitizer takes the signal";
  }
  const auto found = [](std::uint32_t jobs) {
    return campaign(Answerer::Fault::kCrash, 48, {.seed = 5, .cases = 2000, .jobs = jobs});
  };
  const CampaignResult result = found(2);
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings.front().property, "R4");
  EXPECT_THAT(result.findings.front().found, ::testing::StartsWith("signal 11"));
  EXPECT_EQ(result.findings.front().value.events.size(), 49u);
  EXPECT_EQ(findings_text(found(1)), findings_text(result));
}

TEST(Campaign, AHangIsAFindingWithItsCase) {
  const CampaignResult result = campaign(
      Answerer::Fault::kHang, 48, {.seed = 5, .cases = 2000, .jobs = 2, .cpu_limit_ms = 200});
  ASSERT_EQ(result.findings.size(), 1u);
  EXPECT_EQ(result.findings.front().property, "R5");
  EXPECT_EQ(result.findings.front().value.events.size(), 49u);
}

TEST(IsolatedJudge, SaysHowACaseEndsItsProcess) {
  Case value{.scheduler = "answerer"};
  value.events.resize(3);
  EXPECT_EQ(isolated_property(value, subject(Answerer::Fault::kHang, 1).make, {}, 200).property,
            "R5");
  EXPECT_NE(isolated_property(value, subject(Answerer::Fault::kTwice, 1).make, {}).property, "");
  EXPECT_EQ(isolated_property(value, subject(Answerer::Fault::kNone, 1).make, {}).property, "");
}

// Does what the case's seed says to request 1.
Result<MadeScheduler> make_by_seed(const Case& value) {
  return MadeScheduler{std::make_unique<Answerer>(1, static_cast<Answerer::Fault>(value.seed)),
                       RunRules{}};
}
Case three_requests(Answerer::Fault fault) {
  Case value{.scheduler = "answerer", .seed = static_cast<std::uint64_t>(fault)};
  value.events.resize(3);
  return value;
}

TEST(IsolatedJudge, GoesOnAfterEachDeath) {
  IsolatedJudge judge(make_by_seed, {}, 200, /*is_quiet=*/true);
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(judge.judge(three_requests(Answerer::Fault::kNone)).property, "");
    EXPECT_EQ(judge.judge(three_requests(Answerer::Fault::kTwice)).property, "S1");
    EXPECT_EQ(judge.judge(three_requests(Answerer::Fault::kHang)).property, "R5");
    if (!support::kSanitized) {  // else the sanitizer takes the signal
      const IsolatedVerdict crash = judge.judge(three_requests(Answerer::Fault::kCrash));
      EXPECT_EQ(crash.property, "R4");
      EXPECT_THAT(crash.found, ::testing::StartsWith("signal 11"));
    }
  }
}

// Simpler cases than the finding hang: the process that cuts it down must not.
TEST(MinimisedFinding, IsCutDownThoughSimplerCasesHang) {
  CampaignSubject hangs_when_small{
      .name = "answerer",
      .make = [](const Case& value) -> Result<MadeScheduler> {
        const bool small = arrival_count(value) < 10;
        return MadeScheduler{
            std::make_unique<Answerer>(small ? 0 : 9, small && !value.events.empty()
                                                          ? Answerer::Fault::kHang
                                                          : Answerer::Fault::kTwice),
            RunRules{}};
      },
      .draw = {}};
  CampaignFinding found{
      .index = 7, .subject = "answerer", .property = "S1", .found = "", .value = {}};
  found.value.scheduler = "answerer";
  found.value.events.resize(60);
  const MinimisedFinding minimal = minimise_finding(found, hangs_when_small, {}, 60);
  EXPECT_EQ(arrival_count(minimal.value), 10u);
  EXPECT_TRUE(minimal.digests_agree);
  EXPECT_LE(minimal.runs, 2000u);
}

}  // namespace
}  // namespace lockstep
