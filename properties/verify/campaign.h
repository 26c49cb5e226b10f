// A campaign: case after case is drawn, run and judged, in worker processes; findings come back.
//
// Case i of a seed is the same on every machine, and so is its verdict: the same seed and number of
// cases give the same findings, whatever the number of jobs. Cases are handed out in blocks, in
// order. After a finding no later block begins (unless all are wanted), but those before it are
// completed: what is reported is what a single job would have reported.
// Each worker is a process of its own, so that a scheduler that crashes or hangs is a finding too
// ("R4", "R5"): the worker writes which case it runs before it runs it, and a watchdog counts the
// CPU time that it spends on it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "properties/cases/case.h"
#include "properties/cases/case_run.h"
#include "properties/coverage/coverage.h"
#include "properties/verify/tally.h"

namespace lockstep {

// What is verified: how its cases are drawn and its schedulers made.
struct CampaignSubject {
  std::string name;  // "tf-shared", or what a plug-in calls itself
  SchedulerMaker make;
  std::function<Case(std::uint64_t seed, std::uint64_t index)> draw;
  std::uint64_t share = 1;  // of the cases, beside those of the other subjects
};

struct CampaignOptions {
  std::uint64_t seed = 1;
  std::uint64_t first = 0;  // case number
  std::uint64_t cases = 1000;
  std::uint32_t jobs = 1;
  bool stops = true;                // at the first finding; else all cases are run
  std::uint32_t twice_one_in = 20;  // cases that are run twice; 0: none
  std::uint32_t relations_one_in =
      4;  // cases whose turn it is for any relation, M7 has the others; 0: none
  std::vector<std::string> only{};    // ids of properties; empty: all
  std::uint64_t cpu_limit_ms = 5000;  // of one case: beyond it hangs
  // Asked now and then: true ends the campaign after the blocks that have begun.
  std::function<bool()> is_over{};
  // Told now and then how many cases are done.
  std::function<void(std::uint64_t)> progress{};
};

struct CampaignFinding {
  std::uint64_t index = 0;
  std::string subject;
  std::string property;
  std::string found;  // violation_text
  Case value;
};

struct CampaignResult {
  std::uint64_t cases = 0;                // judged, of `first` and those after it
  std::vector<CampaignFinding> findings;  // by index; of each subject and property the first
  Tally tally;
  Coverage coverage;
};

// Case `index` belongs to subjects[index % size]. Errors: the operating system gives no process.
[[nodiscard]] Result<CampaignResult> run_campaign(const std::vector<CampaignSubject>& subjects,
                                                  const CampaignOptions& options);

// One case as a campaign judges it, in this process.
[[nodiscard]] std::optional<CampaignFinding> judge_index(
    const std::vector<CampaignSubject>& subjects, const CampaignOptions& options,
    std::uint64_t index, Tally& tally, Coverage& coverage);

}  // namespace lockstep
