#include "properties/minimise/minimise_case.h"

#include <array>

#include "properties/minimise/case_search.h"

namespace lockstep {

bool CaseSearch::attempt(Case candidate) {
  if (is_over() || candidate == best_ || !tried_.insert(case_text(candidate)).second) {
    return false;
  }
  ++runs_;
  const std::string broken = judge_(candidate);
  cost_ += broken == "R5" ? options_.runs_of_a_hang : 1;
  if (broken != property_) {
    return false;
  }
  best_ = std::move(candidate);
  if (options_.on_better) {
    options_.on_better(best_);
  }
  return true;
}

MinimisedCase minimise_case(const Case& failing, std::string_view property, const JudgeCase& judge,
                            const MinimiseOptions& options) {
  // Cheap and coarse passes first: what they drop, the others need not look at.
  constexpr std::array kPasses = {drop_parts,       drop_events,         drop_faults,
                                  simplify_options, simplify_executions, simplify_events,
                                  shorten_times};
  CaseSearch search(failing, property, judge, options);
  bool helped = true;
  while (helped && !search.is_over()) {
    helped = false;
    for (const auto pass : kPasses) {
      helped = pass(search) || helped;
    }
  }
  return {.value = search.best(), .runs = search.runs(), .exhausted = search.is_over()};
}

}  // namespace lockstep
