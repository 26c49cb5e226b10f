// What the relations have in common: running a case, changing its options, saying where two part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "properties/cases/case.h"
#include "properties/cases/case_run.h"
#include "properties/checkers/checker.h"
#include "properties/relations/divergence.h"

namespace lockstep {

// nullopt: refused, or not simulated. A twin that is refused says nothing about its relation.
[[nodiscard]] std::optional<RunRecord> run_twin(const Case& value, const SchedulerMaker& maker);

// Runs both. nullopt: they relate, or one of them cannot run.
[[nodiscard]] std::optional<Violation> compare_twins(std::string_view relation, const Case& value,
                                                     const Case& twin, const SchedulerMaker& maker,
                                                     const RunMapping& mapping);
[[nodiscard]] std::optional<Violation> violation_of(
    std::string_view relation, const std::optional<TwinDivergence>& divergence);

void put_option(OptionValues& options, std::string_view name, const std::string& value);
// Of the text of an integer option; 0 for another text.
[[nodiscard]] std::int64_t number_of(std::string_view text);
// Is it an option of the scheduler, whatever its value?
[[nodiscard]] bool has_option(const RunRules& rules, std::string_view name);
[[nodiscard]] bool is_scripted(const Case& value);
// Each value of an option, common or of a queue, that `holds` for.
template <typename Holds>
[[nodiscard]] bool any_value(const Case& value, const RunRules& rules, std::string_view name,
                             const Holds& holds) {
  if (const std::string* common = rules.option(name); common != nullptr && holds(*common)) {
    return true;
  }
  for (const OptionValues& queue : value.queues) {
    for (const auto& [own, text] : queue) {
      if (own == name && holds(text)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace lockstep
