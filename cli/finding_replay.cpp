#include "cli/finding_replay.h"

#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/whole_file.h"
#include "properties/checkers/checker.h"
#include "properties/record/record_log.h"
#include "properties/verify/isolated_judge.h"
#include "properties/verify/regression.h"
#include "properties/verify/subjects.h"
#include "reports/diagram.h"

namespace lockstep {
namespace {

Result<Regression> read_finding(const std::string& path) {
  const std::string name = path + "/regression.jsonl";
  const Result<std::string> text = read_file_whole(name, "the case of a finding");
  if (!text) {
    return tl::unexpected(text.error());
  }
  Result<std::vector<Regression>> read = parse_regressions(name, *text);
  if (!read) {
    return tl::unexpected(read.error());
  }
  if (read->size() != 1) {
    return bad_input(fmt::format("{}:1:1: found {} cases, expected one", name, read->size()));
  }
  return std::move(read->front());
}

// How batches formed in it; nothing when nobody was answered.
std::string diagram_of(const Case& value, const SchedulerMaker& make) {
  RunRecord record;
  static_cast<void>(judge_case(value, make, {}, record));
  const Result<std::string> text =
      draw_diagram(run_log_of(record), {.format = DiagramFormat::kText});
  return text ? *text : std::string();
}

}  // namespace

bool is_finding(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path + "/regression.jsonl", ignored);
}

int replay_finding(const std::string& path, const std::string& plugin, const std::string& exec) {
  const Result<Regression> finding = read_finding(path);
  if (!finding) {
    return report_error(finding.error());
  }
  SchedulerMaker make = make_registered;
  if (!plugin.empty() || !exec.empty()) {
    Result<CampaignSubject> own = exec.empty() ? plugin_subject(plugin) : exec_subject(exec);
    if (!own) {
      return report_error(own.error());
    }
    make = own->make;
  }
  const Result<MadeScheduler> made = make(finding->value);
  if (!made) {
    return report_error(made.error());
  }
  fmt::print("{}", describe(finding->value));
  const JudgeOptions judge = judge_again(finding->property);
  // A case that ends its process must not end this one.
  const IsolatedVerdict verdict = isolated_property(finding->value, make, judge, 5000);
  if (verdict.property.empty()) {
    fmt::print("no violation: {} holds here\n", finding->property);
    return kExitHolds;
  }
  if (verdict.property != "R4" && verdict.property != "R5") {
    fmt::print("{}", diagram_of(finding->value, make));
  }
  const Property* property = find_property(verdict.property);
  const std::string who = !plugin.empty() ? " --plugin " + plugin
                          : !exec.empty() ? " --exec '" + exec + "'"
                                          : std::string();
  fmt::print("FAIL {}  {}  repeat: lockstep replay {}{}\n",
             property == nullptr ? verdict.property : std::string(property->name), verdict.found,
             path, who);
  return verdict.property == "R3" ? kExitOurFault : kExitFailed;
}

}  // namespace lockstep
