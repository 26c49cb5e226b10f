// What is kept of a finding: a directory fit to be attached to a ticket (design 5).
//
//     README.txt         the story: what broke, the command that repeats it, versions
//     case.json          the case, minimised: `lockstep replay DIRECTORY` runs and judges it
//     steps.txt          the same in words, and what the scheduler did, step by step
//     diagram.svg, .txt  how batches formed around the violation
//     trace.csv          its arrivals, as a trace; settings.txt: its options, NAME=VALUE
//     regression.jsonl   ready for tests/regressions/
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "properties/cases/case_run.h"
#include "properties/verify/campaign.h"
#include "properties/verify/judge.h"

namespace lockstep {

// A finding after it was cut down.
struct MinimisedFinding {
  CampaignFinding found;  // as the campaign found it
  Case value;             // minimised
  std::string text;       // violation_text of the minimised case
  std::uint64_t runs = 0;
  bool digests_agree = true;  // of two runs of the minimised case
};

struct FindingContext {
  std::uint64_t seed = 1;
  std::string version;    // of this program
  std::string directory;  // "findings/4242"
  std::string repeat;     // the command that repeats it
  std::string who{};      // " --plugin ./libmine.so"; "": a scheduler of the registry
};

// "FAIL dispatch-within-timeout  waited 2.001 ms > 2 ms  request 3 of 4  seed 4242  repeat: ...":
// one line, without its end.
[[nodiscard]] std::string fail_line(const MinimisedFinding& finding, const FindingContext& context);

// The files by name; what crashes or hangs has no diagram.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> finding_files(
    const MinimisedFinding& finding, const FindingContext& context, const SchedulerMaker& make);

// Cuts `found` down, as the campaign judged it, in a process of its own: a case that is simpler may
// hang or crash where `found` did not. A hang is cut down by a shorter limit of CPU time, and stays
// as it was found if the result does not hang by `cpu_limit_ms`, too. `on_better` hears of each
// better case.
[[nodiscard]] MinimisedFinding minimise_finding(
    const CampaignFinding& found, const CampaignSubject& subject,
    const std::function<void(const Case&)>& on_better = {}, std::uint64_t cpu_limit_ms = 5000);

}  // namespace lockstep
