// Runs a case and judges it by every property: the innermost loop of a campaign.
//
// A case is wrong when a checker says so, when a rule of the server broke ("R1"), when it takes
// more steps at one instant than any right scheduler needs ("L8"), when a second run of it differs
// ("R3"), or when a relation to another run does not hold (relations/). The first of these counts:
// what is found while the run goes on comes before what is found at its end.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "properties/cases/case.h"
#include "properties/cases/case_run.h"
#include "properties/checkers/checker.h"
#include "properties/record/run_record.h"

namespace lockstep {

inline constexpr std::string_view kEveryRelation = "every";

struct JudgeOptions {
  bool twice = false;  // run it again and compare
  // Which relations are looked at: none; the one that is `relation`; kEveryRelation that applies;
  // or, without a name, of those that apply, M7 in every even round, the others in turn.
  bool relations = false;
  std::uint64_t relation_round = 0;
  std::string_view relation{};
  std::vector<std::string_view> only{};  // ids of properties; empty: all
};

// How a case was judged.
struct Verdict {
  std::optional<Violation> violation{};  // nullopt: all holds
  bool refused = false;                  // its options were: nothing ran
  bool not_simulated = false;            // its device or faults cannot be: nothing was judged
  std::string refusal{};
  bool related = false;  // a relation judged it
  std::uint64_t digest = 0;
  std::bitset<kPropertiesMax> judging{};  // by place in the catalogue: which were looked at

  [[nodiscard]] std::string_view property() const {
    return violation ? violation->property : std::string_view{};
  }
};

// How a finding of `property` is looked for again: with what found it, and no more. A crash or a
// hang may have come in any of the runs that a relation compares.
[[nodiscard]] JudgeOptions judge_again(std::string_view property);

// `record` is the run's afterwards.
[[nodiscard]] Verdict judge_case(const Case& value, const SchedulerMaker& make,
                                 const JudgeOptions& options, RunRecord& record);

// What the property asked of the run, and where: "waited 2.001 ms > 2 ms  request 3".
[[nodiscard]] std::string violation_text(const Violation& violation);

}  // namespace lockstep
