#include "properties/mutants/bug_trial.h"

#include <algorithm>
#include <utility>

#include "properties/mutants/bug_subjects.h"
#include "properties/mutants/bug_switch.h"
#include "properties/verify/finding_files.h"
#include "properties/verify/isolated_judge.h"

namespace lockstep {
namespace {

// The bug is at work while this lives.
class WithBug {
 public:
  explicit WithBug(int bug) : before_(seeded_bug()) { select_seeded_bug(bug); }
  WithBug(const WithBug&) = delete;
  WithBug& operator=(const WithBug&) = delete;
  ~WithBug() { select_seeded_bug(before_); }

 private:
  int before_;
};

CampaignOptions campaign_of(const BugTrialOptions& options) {
  CampaignOptions campaign;
  campaign.seed = options.seed;
  campaign.cases = options.cases;
  campaign.jobs = options.jobs;
  campaign.only = options.only;
  campaign.cpu_limit_ms = options.cpu_limit_ms;
  return campaign;
}

const CampaignSubject& subject_named(const std::vector<CampaignSubject>& subjects,
                                     const std::string& name) {
  return *std::find_if(subjects.begin(), subjects.end(),
                       [&](const CampaignSubject& subject) { return subject.name == name; });
}

// The core without a bug, in the same case.
bool right_core_is_accused(const CampaignFinding& found, const CampaignSubject& subject,
                           const BugTrialOptions& options) {
  const WithBug none(0);
  return isolated_property(found.value, subject.make,
                           JudgeOptions{.twice = true, .relations = false}, options.cpu_limit_ms)
             .property == found.property;
}

BugKill kill_of(const CampaignFinding& found) {
  return {.property = found.property,
          .found = found.found,
          .scheduler = found.subject,
          .cases = found.index + 1,
          .requests = arrival_count(found.value)};
}

// A whole campaign without a finding fails, too, when it did not reach what it has to (exit code 4
// of `lockstep verify`): a scheduler that refuses right settings shows so.
std::optional<BugKill> coverage_kill(const CampaignResult& result,
                                     const std::vector<CampaignSubject>& subjects,
                                     const CampaignOptions& campaign) {
  const std::vector<std::string> missing = result.coverage.missing();
  if (missing.empty()) {
    return std::nullopt;
  }
  const WithBug none(0);
  const Result<CampaignResult> right = run_campaign(subjects, campaign);
  if (!right || !right->coverage.missing().empty()) {
    return std::nullopt;
  }
  const std::size_t colon = missing.front().find(':');  // "tf-jit: end evicted in 3 of ..."
  return BugKill{.property = "coverage",
                 .found = missing.front().substr(colon + 2),
                 .scheduler = missing.front().substr(0, colon),
                 .cases = campaign.cases};
}

}  // namespace

Result<BugTrial> run_bug_trial(const BugTrialOptions& options) {
  const std::vector<CampaignSubject> subjects = subjects_of_bug(options.bug);
  const WithBug bug(options.bug);
  CampaignOptions campaign = campaign_of(options);
  BugTrial trial{.bug = options.bug, .seed = options.seed, .cases = options.cases};
  std::uint64_t discarded = 0;
  while (campaign.cases > 0) {
    const Result<CampaignResult> result = run_campaign(subjects, campaign);
    if (!result) {
      return tl::unexpected(result.error());
    }
    if (result->findings.empty()) {
      if (options.bug != 0 && options.only.empty() && discarded == 0) {
        trial.kill = coverage_kill(*result, subjects, campaign);
      }
      break;
    }
    const CampaignFinding& found = result->findings.front();
    const CampaignSubject& subject = subject_named(subjects, found.subject);
    if (options.bug == 0 || !right_core_is_accused(found, subject, options)) {
      trial.kill = kill_of(found);
      trial.kill->discarded = discarded;
      if (options.minimises) {
        trial.kill->requests =
            arrival_count(minimise_finding(found, subject, {}, options.cpu_limit_ms).value);
      }
      break;
    }
    ++discarded;
    campaign.first = found.index + 1;
    campaign.cases = options.cases - campaign.first;
  }
  return trial;
}

Result<std::vector<BugKill>> all_kills(const BugTrialOptions& options) {
  const std::vector<CampaignSubject> subjects = subjects_of_bug(options.bug);
  const WithBug bug(options.bug);
  CampaignOptions campaign = campaign_of(options);
  campaign.stops = false;
  const Result<CampaignResult> result = run_campaign(subjects, campaign);
  if (!result) {
    return tl::unexpected(result.error());
  }
  std::vector<BugKill> kills;
  for (const CampaignFinding& found : result->findings) {
    const bool known = std::any_of(kills.begin(), kills.end(), [&](const BugKill& kill) {
      return kill.property == found.property;
    });
    if (!known &&
        (options.bug == 0 ||
         !right_core_is_accused(found, subject_named(subjects, found.subject), options))) {
      kills.push_back(kill_of(found));
    }
  }
  return kills;
}

}  // namespace lockstep
