#include "cli/objectives.h"

#include <optional>

#include <fmt/format.h>

#include "core/digest.h"

namespace lockstep {
namespace {

std::optional<std::int64_t> figure_ns(const RunSummary& summary, const std::string& figure) {
  if (figure == "p50") {
    return summary.p50_ns;
  }
  if (figure == "p90") {
    return summary.p90_ns;
  }
  if (figure == "p99") {
    return summary.p99_ns;
  }
  if (figure == "p99.9") {
    return summary.p999_ns;
  }
  if (figure == "max") {
    return summary.latency_max_ns;
  }
  if (figure == "mean") {
    return summary.latency_mean_ns;
  }
  return std::nullopt;
}

}  // namespace

Result<std::vector<Objective>> parse_objectives(const std::vector<std::string>& texts) {
  std::vector<Objective> objectives;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string figure = text.substr(0, equals);
    if (equals == std::string::npos || !figure_ns(RunSummary{}, figure)) {
      return bad_input("found --slo '" + text +
                       "', expected p50, p90, p99, p99.9, max or mean with a time: p99=50ms");
    }
    const Result<SimDuration> limit = parse_duration(text.substr(equals + 1));
    if (!limit) {
      return bad_input("--slo " + text + ": " + limit.error().message);
    }
    objectives.push_back(Objective{figure, *limit});
  }
  return objectives;
}

ExitCode judge_objectives(const std::vector<Objective>& objectives, const RunOutcome& run,
                          std::FILE* out) {
  ExitCode verdict = kExitHolds;
  if (!objectives.empty() && run.summary.answered == 0 && run.summary.unanswered == 0) {
    fmt::print(stderr, "no verdict on --slo: no request was answered\n");
    return kExitNoVerdict;
  }
  for (const Objective& objective : objectives) {
    const std::int64_t measured = figure_ns(run.summary, objective.figure).value_or(0);
    const std::string digest = digest_text(run.summary.digest).substr(0, 10);
    const std::uint64_t waiting = run.summary.unanswered;
    if (waiting > 0) {
      // Slower than any limit.
      fmt::print(out, "FAIL slo  {} limit {}, but {} request{} never answered  digest {}\n",
                 objective.figure, to_decimal_text(objective.limit), waiting,
                 waiting == 1 ? " was" : "s were", digest);
      verdict = kExitFailed;
    } else if (measured > objective.limit.count()) {
      fmt::print(out, "FAIL slo  {} {}{} > {}  digest {}\n", objective.figure,
                 to_decimal_text(SimDuration{measured}),
                 run.summary.exact ? "" : " (within 0.1 %: no log)",
                 to_decimal_text(objective.limit), digest);
      verdict = kExitFailed;
    }
  }
  return verdict;
}

}  // namespace lockstep
