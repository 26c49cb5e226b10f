#include "cli/objectives.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "core/digest.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 6> kFigures = {"p50", "p90", "p99", "p99.9", "max", "mean"};
constexpr std::size_t kQuantileCount = 4;  // the first ones, in the order of RunSummary::of_all_ns

std::size_t place_of(std::string_view figure) {
  return static_cast<std::size_t>(std::find(kFigures.begin(), kFigures.end(), figure) -
                                  kFigures.begin());
}

std::uint64_t lost(const RunSummary& summary) {
  return summary.requests - summary.answered;
}

// RunSummary::kNeverAnswered: a request without an answer decides it.
std::int64_t figure_ns(const RunSummary& summary, std::string_view figure) {
  const std::size_t place = place_of(figure);
  if (place < kQuantileCount) {
    return summary.of_all_ns.at(place);
  }
  if (lost(summary) > 0) {
    return RunSummary::kNeverAnswered;
  }
  return figure == "max" ? summary.latency_max_ns : summary.latency_mean_ns;
}

// A quantile without a log is within 0.1 % of the exact one (latency_histogram.h).
bool too_near_to_tell(const RunSummary& summary, std::string_view figure, std::int64_t measured,
                      std::int64_t limit) {
  const std::int64_t distance = measured > limit ? measured - limit : limit - measured;
  return !summary.exact && place_of(figure) < kQuantileCount && distance <= limit / 1000;
}

JudgedObjective judge(const Objective& objective, const RunSummary& summary) {
  const std::string digest = digest_text(summary.digest).substr(0, 10);
  const std::string limit = to_decimal_text(objective.limit);
  const std::int64_t measured = figure_ns(summary, objective.figure);
  if (measured == RunSummary::kNeverAnswered) {
    return {kExitFailed,
            fmt::format("FAIL slo  {} limit {}, but {} of {} requests got no answer  digest {}",
                        objective.figure, limit, lost(summary), summary.requests, digest)};
  }
  if (too_near_to_tell(summary, objective.figure, measured, objective.limit.count())) {
    return {kExitNoVerdict,
            fmt::format("no verdict on --slo {}={}: {} is within 0.1 % of it, and without a log "
                        "quantiles are no more exact than that",
                        objective.figure, limit, to_decimal_text(SimDuration{measured}))};
  }
  if (measured > objective.limit.count()) {
    return {kExitFailed,
            fmt::format("FAIL slo  {} {}{} > {}  digest {}", objective.figure,
                        to_decimal_text(SimDuration{measured}),
                        summary.exact ? "" : " (within 0.1 %: no log)", limit, digest)};
  }
  return {kExitHolds, ""};
}

}  // namespace

Result<std::vector<Objective>> parse_objectives(const std::vector<std::string>& texts) {
  std::vector<Objective> objectives;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string figure = text.substr(0, equals);
    if (equals == std::string::npos || place_of(figure) == kFigures.size()) {
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

std::vector<JudgedObjective> judge_each(const std::vector<Objective>& objectives,
                                        const RunSummary& summary) {
  std::vector<JudgedObjective> judged;
  judged.reserve(objectives.size());
  for (const Objective& objective : objectives) {
    judged.push_back(
        summary.requests == 0
            ? JudgedObjective{kExitNoVerdict, "no verdict on --slo: no request arrived"}
            : judge(objective, summary));
  }
  return judged;
}

ExitCode judge_objectives(const std::vector<Objective>& objectives, const RunSummary& summary,
                          std::FILE* out) {
  ExitCode verdict = kExitHolds;
  std::string last;
  for (const JudgedObjective& one : judge_each(objectives, summary)) {
    verdict = verdict == kExitFailed || one.verdict == kExitHolds ? verdict : one.verdict;
    if (!one.line.empty() && one.line != last) {  // that nothing arrived is said once
      fmt::print(one.verdict == kExitNoVerdict ? stderr : out, "{}\n", one.line);
    }
    last = one.line;
  }
  return verdict;
}

}  // namespace lockstep
