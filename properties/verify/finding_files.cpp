#include "properties/verify/finding_files.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "core/journal.h"
#include "properties/checkers/checker.h"
#include "properties/minimise/minimise_case.h"
#include "properties/record/record_log.h"
#include "properties/verify/isolated_judge.h"
#include "properties/verify/regression.h"
#include "reports/diagram.h"

namespace lockstep {
namespace {

std::string name_of(const std::string& property) {
  const Property* known = find_property(property);
  return known == nullptr ? property : std::string(known->name);
}

// Of one run while a case is cut down. Right ones take milliseconds.
constexpr std::uint64_t kTrialCpuLimitMs = 1000;

bool ends_the_process(const std::string& property) {
  return property == "R4" || property == "R5";
}

// What happened, line by line.
std::string steps_text(const RunRecord& record) {
  std::string text;
  SimTime now{};
  for (const JournalLine& line : record.lines) {
    if (line.is_input) {
      now = line.input.now;
    }
    text += fmt::format("{:>12}  {}{}\n", to_decimal_text(now.time_since_epoch()),
                        line.is_input ? "" : "  -> ", describe(line));
  }
  return text;
}

std::string trace_csv(const Case& value) {
  std::string text = "arrival_ns,queue,size,priority,timeout_ns\n";
  SimDuration now{0};
  for (const CaseEvent& event : value.events) {
    now += event.gap;
    if (event.kind == CaseEventKind::kArrive) {
      text += fmt::format("{},q{},{},{},{}\n", now.count(), event.queue, event.rows, event.priority,
                          event.timeout.count());
    }
  }
  return text;
}

std::string settings_text(const Case& value) {
  std::string text;
  for (const auto& [name, option] : value.options) {
    text.append(name).append("=").append(option).append("\n");
  }
  return text;
}

std::string readme_text(const MinimisedFinding& finding, const FindingContext& context) {
  const Property* property = find_property(finding.found.property);
  const std::string who =
      context.who.empty() ? " --scheduler " + finding.found.subject : context.who;
  std::string text = fail_line(finding, context) + "\n\n";
  if (property != nullptr) {
    text += fmt::format("{} ({}): {}\nsource: {}\n\n", property->name, property->id,
                        property->formula, property->source);
  }
  text += fmt::format(
      "found in case {} of seed {} ({} requests), cut down to {} request{} in {} runs\n"
      "scheduler {}, lockstep {}\n"
      "repeat it:      {}\n"
      "find it again:  lockstep verify{} --seed {} --case {}\n",
      finding.found.index, context.seed, arrival_count(finding.found.value),
      arrival_count(finding.value), arrival_count(finding.value) == 1 ? "" : "s", finding.runs,
      finding.found.subject, context.version, context.repeat, who, context.seed,
      finding.found.index);
  if (!finding.digests_agree) {
    text += "two runs of it differ: the scheduler depends on something outside the case\n";
  }
  return text +
         "\nsteps.txt tells what happened; docs/reading_a_counterexample.md how to read it.\n";
}

void add_diagram(std::vector<std::pair<std::string, std::string>>& files, const RunLog& log,
                 DiagramFormat format, const std::string& name) {
  const Result<std::string> picture = draw_diagram(log, {.format = format});
  if (picture) {  // a run without an answered request has none
    files.emplace_back(name, *picture);
  }
}

}  // namespace

std::string fail_line(const MinimisedFinding& finding, const FindingContext& context) {
  return fmt::format("FAIL {}  {}  of {} request{}  seed {}  repeat: {}",
                     name_of(finding.found.property), finding.text, arrival_count(finding.value),
                     arrival_count(finding.value) == 1 ? "" : "s", context.seed, context.repeat);
}

MinimisedFinding minimise_finding(const CampaignFinding& found, const CampaignSubject& subject,
                                  const std::function<void(const Case&)>& on_better,
                                  std::uint64_t cpu_limit_ms) {
  const JudgeOptions judge = judge_again(found.property);
  IsolatedJudge isolated(subject.make, judge, std::min(kTrialCpuLimitMs, cpu_limit_ms),
                         /*is_quiet=*/true);
  const bool dies = ends_the_process(found.property);
  const MinimisedCase minimal =
      minimise_case(found.value, found.property,
                    [&](const Case& value) { return isolated.judge(value).property; },
                    {.run_limit = dies ? 300U : 2000U,
                     .runs_of_a_hang = dies ? 10U : 50U,
                     .on_better = on_better});
  MinimisedFinding finding{
      .found = found, .value = minimal.value, .text = found.found, .runs = minimal.runs};
  if (found.property == "R5" && minimal.value != found.value &&
      isolated_property(minimal.value, subject.make, judge, cpu_limit_ms).property != "R5") {
    finding.value = found.value;  // it is slow, but it ends
  }
  if (!dies) {
    RunRecord first;
    RunRecord second;
    const Verdict verdict = judge_case(minimal.value, subject.make, judge, first);
    static_cast<void>(judge_case(minimal.value, subject.make, judge, second));
    finding.digests_agree =
        first.digest == second.digest && first.lines.size() == second.lines.size();
    if (verdict.violation) {
      finding.text = violation_text(*verdict.violation);
    }
  }
  return finding;
}

std::vector<std::pair<std::string, std::string>> finding_files(const MinimisedFinding& finding,
                                                               const FindingContext& context,
                                                               const SchedulerMaker& make) {
  std::vector<std::pair<std::string, std::string>> files;
  files.emplace_back("README.txt", readme_text(finding, context));
  files.emplace_back("case.json", case_text(finding.value) + "\n");
  files.emplace_back("trace.csv", trace_csv(finding.value));
  files.emplace_back("settings.txt", settings_text(finding.value));
  files.emplace_back(
      "regression.jsonl",
      regression_line({.property = finding.found.property, .value = finding.value}) + "\n");
  std::string steps = describe(finding.value);
  if (!ends_the_process(finding.found.property)) {
    RunRecord record;
    static_cast<void>(judge_case(finding.value, make, {}, record));
    steps += "\nwhat the scheduler did:\n" + steps_text(record);
    const RunLog log = run_log_of(record);
    add_diagram(files, log, DiagramFormat::kSvg, "diagram.svg");
    add_diagram(files, log, DiagramFormat::kText, "diagram.txt");
  }
  files.emplace_back("steps.txt", steps);
  return files;
}

}  // namespace lockstep
