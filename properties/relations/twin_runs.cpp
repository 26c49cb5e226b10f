#include "properties/relations/twin_runs.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace lockstep {

std::optional<RunRecord> run_twin(const Case& value, const SchedulerMaker& maker) {
  Result<MadeScheduler> made = maker(value);
  if (!made) {
    return std::nullopt;
  }
  RunRecord record;
  const CaseRun run = run_case(value, std::move(*made), record);
  if (run.outcome == CaseOutcome::kNotSimulated) {
    return std::nullopt;
  }
  return record;
}

std::optional<Violation> violation_of(std::string_view relation,
                                      const std::optional<TwinDivergence>& divergence) {
  if (!divergence) {
    return std::nullopt;
  }
  return Violation{.property = relation,
                   .found = divergence->text,
                   .at = divergence->at,
                   .line = divergence->line};
}

std::optional<Violation> compare_twins(std::string_view relation, const Case& value,
                                       const Case& twin, const SchedulerMaker& maker,
                                       const RunMapping& mapping) {
  const std::optional<RunRecord> first = run_twin(value, maker);
  const std::optional<RunRecord> second = run_twin(twin, maker);
  if (!first || !second) {
    return std::nullopt;
  }
  return violation_of(relation, first_divergence(*first, *second, mapping));
}

void put_option(OptionValues& options, std::string_view name, const std::string& value) {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  if (found == options.end()) {
    options.emplace_back(name, value);
  } else {
    found->second = value;
  }
}

std::int64_t number_of(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool has_option(const RunRules& rules, std::string_view name) {
  return rules.option(name) != nullptr;
}

bool is_scripted(const Case& value) {
  return value.device.empty();
}

}  // namespace lockstep
