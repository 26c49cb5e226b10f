#include "properties/verify/judge.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/time.h"
#include "properties/relations/relation.h"

namespace lockstep {
namespace {

bool wanted(const JudgeOptions& options, std::string_view property) {
  return options.only.empty() ||
         std::find(options.only.begin(), options.only.end(), property) != options.only.end();
}

// Where the failed check stands and what it says, without when and in which run.
std::string broken_rule_text(const std::string& message) {
  return message.substr(0, message.find(" at virtual time"));
}

std::optional<Violation> first_violation(const Violations& found, const CaseRun& run,
                                         const RunRecord& record, const JudgeOptions& options) {
  if (!found.empty()) {
    return found.entries().front().first;
  }
  if (!record.broken_rule.empty() && wanted(options, "R1")) {
    return Violation{.property = "R1",
                     .found = broken_rule_text(record.broken_rule),
                     .at = record.now,
                     .line = record.lines.empty() ? kNoLine : record.lines.size() - 1};
  }
  if (run.outcome == CaseOutcome::kTooManySteps && wanted(options, "L8")) {
    return Violation{.property = "L8",
                     .found = fmt::format("more than {} steps at one instant", kStepsAtOnceMax),
                     .at = record.now,
                     .line = record.lines.size() - 1};
  }
  return std::nullopt;
}

// The second run against the first.
std::optional<Violation> difference(const RunRecord& first, const RunRecord& second) {
  const std::size_t common = std::min(first.lines.size(), second.lines.size());
  std::size_t line = 0;
  while (line < common && same_content(first.lines[line], second.lines[line])) {
    ++line;
  }
  if (line == common && first.lines.size() == second.lines.size() &&
      first.digest == second.digest) {
    return std::nullopt;
  }
  return Violation{
      .property = "R3",
      .found = fmt::format(
          "a second run of the same case differs: first {}, then {}",
          line < first.lines.size() ? describe(first.lines[line]) : std::string("its end"),
          line < second.lines.size() ? describe(second.lines[line]) : std::string("its end")),
      .at = first.now,
      .line = line};
}

// Of the relations that judge `value`, those whose turn it is.
std::vector<const Relation*> chosen_relations(const Case& value, const RunRules& rules,
                                              const JudgeOptions& options) {
  std::vector<const Relation*> others;
  const Relation* reference = nullptr;
  for (const Relation& relation : all_relations()) {
    const bool is_asked = options.relation.empty() || options.relation == kEveryRelation ||
                          options.relation == relation.id;
    if (!is_asked || !wanted(options, relation.id) || !relation.not_checked(value, rules).empty()) {
      continue;
    }
    if (relation.id == "M7" && options.relation != kEveryRelation) {
      reference = &relation;
    } else {
      others.push_back(&relation);
    }
  }
  if (reference != nullptr && (options.relation_round % 2 == 0 || others.empty())) {
    return {reference};
  }
  if (others.empty() || options.relation == kEveryRelation) {
    return others;
  }
  return {others[options.relation_round / 2 % others.size()]};
}

std::size_t place_of(std::string_view property) {
  return static_cast<std::size_t>(find_property(property) - all_properties().data());
}

}  // namespace

JudgeOptions judge_again(std::string_view property) {
  JudgeOptions options{.twice = property == "R3"};
  if (property == "R4" || property == "R5") {
    options.relations = true;
    options.relation = kEveryRelation;
  } else if (find_relation(property) != nullptr) {
    options.relations = true;
    options.relation = property;
  }
  return options;
}

Verdict judge_case(const Case& value, const SchedulerMaker& make, const JudgeOptions& options,
                   RunRecord& record) {
  Verdict verdict;
  Result<MadeScheduler> made = make(value);
  if (!made) {
    record = RunRecord{};
    verdict.refused = true;
    verdict.refusal = made.error().message;
    return verdict;
  }
  CheckerSet checkers(made->rules, options.only);
  verdict.judging = checkers.judging();
  const CaseRun run = run_case(value, std::move(*made), record,
                               [&](const RunRecord& now) { checkers.after_line(now); });
  verdict.digest = record.digest;
  if (run.outcome == CaseOutcome::kNotSimulated) {
    verdict.not_simulated = true;
    verdict.refusal = run.refusal;
    return verdict;
  }
  // What a run that was cut off left undone is nobody's fault.
  if (record.broken_rule.empty() && run.outcome == CaseOutcome::kRan) {
    checkers.at_end(record);
  }
  verdict.violation = first_violation(checkers.found(), run, record, options);
  // Two runs relate only where each is right.
  if (!verdict.violation && options.relations && run.outcome == CaseOutcome::kRan &&
      record.broken_rule.empty()) {
    for (const Relation* relation : chosen_relations(value, record.rules, options)) {
      verdict.related = true;
      verdict.judging.set(place_of(relation->id));
      if (!verdict.violation) {
        verdict.violation = relation->check(value, make);
      }
    }
  }
  if (options.twice && wanted(options, "R3")) {
    Result<MadeScheduler> again = make(value);
    RunRecord second;
    if (again) {
      static_cast<void>(run_case(value, std::move(*again), second));
    }
    if (std::optional<Violation> differs = difference(record, second)) {
      verdict.violation = std::move(differs);  // nothing else can be believed then
    }
  }
  return verdict;
}

std::string violation_text(const Violation& violation) {
  std::string text = violation.found;
  if (violation.request) {
    text += fmt::format("  request {}", raw(*violation.request));
  }
  if (violation.batch) {
    text += fmt::format("  batch {}", raw(*violation.batch));
  }
  if (violation.queue) {
    text += fmt::format("  queue {}", raw(*violation.queue));
  }
  if (violation.lane) {
    text += fmt::format("  lane {}", raw(*violation.lane));
  }
  return text + "  at " + to_decimal_text(violation.at.time_since_epoch());
}

}  // namespace lockstep
