#include "cli/comparison_extras.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "cli/described_run.h"
#include "reports/batch_stages.h"
#include "traces/journal_csv.h"

namespace lockstep {
namespace {

std::string journal_path(const std::string& run) {
  return run + "/journal.csv.zst";
}

bool has_journal(const std::string& run) {
  std::error_code ignored;
  return std::filesystem::exists(journal_path(run), ignored);
}

Result<void> add_stages(const RunLog& a, const RunLog& b, ComparisonExtras& extras) {
  const Result<std::vector<StageSpans>> of_a = stages_of(a);
  if (!of_a) {
    return tl::unexpected(of_a.error());
  }
  const Result<std::vector<StageSpans>> of_b = stages_of(b);
  if (!of_b) {
    return tl::unexpected(of_b.error());
  }
  extras.stages_a = mean_stages(*of_a);
  extras.stages_b = mean_stages(*of_b);
  return {};
}

Result<void> add_repeats(const std::vector<RunLog>& runs, ComparisonExtras& extras) {
  for (std::size_t i = 1; i < runs.size(); ++i) {
    const Result<RunComparison> comparison = compare_runs(runs[0], runs[i]);
    if (!comparison) {
      return tl::unexpected(comparison.error());
    }
    extras.repeats.push_back({.directory = runs[i].directory,
                              .identical_share = comparison->identical_share(),
                              .latency = comparison->b.latency,
                              .by_rows = comparison->by_rows});
  }
  return {};
}

}  // namespace

Result<std::string> first_decision_text(const std::string& a, const std::string& b) {
  Result<JournalLineSource> of_a = open_journal(journal_path(a));
  if (!of_a) {
    return tl::unexpected(of_a.error());
  }
  Result<JournalLineSource> of_b = open_journal(journal_path(b));
  if (!of_b) {
    return tl::unexpected(of_b.error());
  }
  const Result<std::optional<DecisionDivergence>> first = first_divergent_decision(*of_a, *of_b);
  if (!first) {
    return tl::unexpected(first.error());
  }
  return divergence_text(*first);
}

Result<Reexecuted> reexecuted_line(const RunLog& run) {
  const Result<Manifest> manifest = read_manifest(run.directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  Result<Described> described = describe_run(*manifest);
  if (!described) {
    return bad_input(run.directory + "/manifest.json: " + described.error().message);
  }
  const Result<JournalLineSource> lines = open_journal(journal_path(run.directory));
  if (!lines) {
    return tl::unexpected(lines.error());
  }
  const Result<ReexecutionReport> report = reexecute_run(*manifest, *described, *lines, nullptr);
  if (!report) {
    return tl::unexpected(report.error());
  }
  if (report->identical() && report->recomputed_digest == manifest->digest) {
    return Reexecuted{fmt::format("re-executed: {}: a fresh core took the same {} decisions from "
                                  "its {} inputs (100 %)",
                                  run.directory, report->decisions, report->inputs),
                      ""};
  }
  const std::string failure =
      fmt::format("FAIL re-execution  {}: a fresh core decides otherwise (lockstep check {})",
                  run.directory, run.directory);
  return Reexecuted{std::string(kNotTheSame) + run.directory, failure};
}

Result<ComparisonExtras> comparison_extras(const std::vector<RunLog>& runs,
                                           std::vector<std::string>& failures) {
  ComparisonExtras extras;
  for (const RunLog& run : runs) {
    if (!is_on_device(run) || !has_journal(run.directory)) {
      continue;
    }
    Result<Reexecuted> reexecuted = reexecuted_line(run);
    if (!reexecuted) {
      return tl::unexpected(reexecuted.error());
    }
    extras.reexecuted.push_back(std::move(reexecuted->line));
    if (!reexecuted->failure.empty()) {
      failures.push_back(std::move(reexecuted->failure));
    }
  }
  // Logs of other servers have none.
  if (has_journal(runs[0].directory) && has_journal(runs[1].directory)) {
    Result<std::string> decisions = first_decision_text(runs[0].directory, runs[1].directory);
    if (!decisions) {
      return tl::unexpected(decisions.error());
    }
    extras.decisions = std::move(*decisions);
  }
  if (Result<void> added = add_stages(runs[0], runs[1], extras); !added) {
    return tl::unexpected(added.error());
  }
  if (runs.size() > 2) {
    if (Result<void> added = add_repeats(runs, extras); !added) {
      return tl::unexpected(added.error());
    }
  }
  return extras;
}

}  // namespace lockstep
