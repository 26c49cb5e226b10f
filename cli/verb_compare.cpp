// lockstep compare: two runs of the same requests, and how much worse the second may be.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/comparison_extras.h"
#include "cli/exit_code.h"
#include "cli/run_directory.h"
#include "cli/verbs.h"
#include "reports/cdf_picture.h"
#include "reports/compare_json.h"
#include "reports/format.h"
#include "reports/junit.h"
#include "sim/quantiles.h"

namespace lockstep {
namespace {

struct CompareArguments {
  std::string a;
  std::vector<std::string> b;  // and repeats of it
  std::vector<std::string> limits;
  bool json = false;
  std::string junit;
  std::string picture;
};

// "p99=5%"
Result<RegressionLimit> parse_regression_limit(const std::string& text) {
  constexpr std::uint64_t kMost = 100'000'000;  // 10,000 %
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string_view all = text;
  const auto* const figure =
      std::find(kComparedFigures.begin(), kComparedFigures.end(), all.substr(0, equals));
  const bool has_sign = text.ends_with('%') && equals < text.size();
  const Result<std::uint64_t> share =
      parse_decimal(has_sign ? all.substr(equals + 1, all.size() - equals - 2) : "", 4, kMost);
  if (figure == kComparedFigures.end() || !share) {
    return bad_input("found --max-regression '" + text +
                     "', expected mean, p50, p90 or p99 with a percentage: p99=5%");
  }
  return RegressionLimit{.figure = static_cast<std::size_t>(figure - kComparedFigures.begin()),
                         .per_million = static_cast<std::uint32_t>(*share)};
}

Result<std::vector<RegressionLimit>> limits_of(const CompareArguments& arguments) {
  std::vector<RegressionLimit> limits;
  for (const std::string& text : arguments.limits) {
    const Result<RegressionLimit> limit = parse_regression_limit(text);
    if (!limit) {
      return tl::unexpected(limit.error());
    }
    limits.push_back(*limit);
  }
  return limits;
}

Result<std::vector<RunLog>> load_all(const CompareArguments& arguments) {
  std::vector<RunLog> runs;
  std::vector<std::string> directories = {arguments.a};
  directories.insert(directories.end(), arguments.b.begin(), arguments.b.end());
  for (const std::string& directory : directories) {
    Result<RunLog> run = load_run(directory);
    if (!run) {
      return tl::unexpected(run.error());
    }
    runs.push_back(std::move(*run));
  }
  for (std::size_t i = 2; i < runs.size(); ++i) {
    for (const SettingDifference& other : differing_settings(runs[1], runs[i])) {
      if (other.name != "seed") {
        return bad_input(runs[i].directory + ": found " + other.name + " '" + other.b +
                         "', expected '" + other.a + "' as in " + runs[1].directory +
                         ", which it is to repeat");
      }
    }
  }
  return runs;
}

// B's figures with the means over its repeats in their place: those are judged.
RunComparison judged(const RunComparison& comparison, const ComparisonExtras& extras) {
  RunComparison over = comparison;
  if (extras.repeats.size() > 1) {
    const auto figures = repeated_figures(extras.repeats);
    for (std::size_t i = 0; i < figures.size(); ++i) {
      over.b.latency[i] = figures[i] ? std::optional(figures[i]->mean) : std::nullopt;
    }
  }
  return over;
}

std::string without_line_end(std::string text) {
  if (!text.empty()) {
    text.pop_back();
  }
  return text;
}

// A case for each limit and for each run that was re-executed.
std::string junit_of(const std::vector<RunLog>& runs, const ComparisonExtras& extras,
                     const RunComparison& comparison, const std::vector<RegressionLimit>& limits) {
  std::vector<JunitCase> cases;
  for (const std::string& line : extras.reexecuted) {
    const bool fails = line.starts_with(kNotTheSame);
    cases.push_back({.name = line, .failure = fails ? line : ""});
  }
  for (const RegressionLimit& limit : limits) {
    cases.push_back({.name = fmt::format("{} at most +{} %", kComparedFigures.at(limit.figure),
                                         ratio_text(limit.per_million, 10'000, 1)),
                     .failure = without_line_end(regression_text(comparison, {limit}))});
  }
  return junit_xml(fmt::format("lockstep compare {} {}", runs[0].directory, runs[1].directory),
                   cases);
}

std::string picture_of(const std::vector<RunLog>& runs) {
  std::vector<CdfCurve> curves;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string on = is_on_device(runs[i]) ? " on " + runs[i].setting("on") : "";
    curves.push_back(cdf_of(runs[i], (i == 0 ? "A " : "B ") + runs[i].directory + on));
  }
  return cdf_svg(curves);
}

// Everything is computed before anything is written. The exit code.
Result<int> compare_and_print(const CompareArguments& arguments) {
  const Result<std::vector<RegressionLimit>> limits = limits_of(arguments);
  if (!limits) {
    return tl::unexpected(limits.error());
  }
  const Result<std::vector<RunLog>> runs = load_all(arguments);
  if (!runs) {
    return tl::unexpected(runs.error());
  }
  const Result<RunComparison> comparison = compare_runs((*runs)[0], (*runs)[1]);
  if (!comparison) {
    return tl::unexpected(comparison.error());
  }
  std::vector<std::string> failures;
  const Result<ComparisonExtras> extras = comparison_extras(*runs, failures);
  if (!extras) {
    return tl::unexpected(extras.error());
  }
  const RunComparison over = judged(*comparison, *extras);
  for (const RegressionLimit& limit : *limits) {
    const std::string failure = without_line_end(regression_text(over, {limit}));
    if (!failure.empty()) {
      failures.push_back(failure);
    }
  }
  if (!arguments.junit.empty()) {
    const std::string xml = junit_of(*runs, *extras, over, *limits);
    if (Result<void> written = write_file_whole(arguments.junit, xml); !written) {
      return tl::unexpected(written.error());
    }
  }
  if (!arguments.picture.empty()) {
    if (Result<void> written = write_file_whole(arguments.picture, picture_of(*runs)); !written) {
      return tl::unexpected(written.error());
    }
  }
  const RunLog& a = (*runs)[0];
  const RunLog& b = (*runs)[1];
  fmt::print("{}", arguments.json ? comparison_json(*comparison, a, b, *extras, failures)
                                  : comparison_text(*comparison, a, b, *extras));
  std::FILE* const verdict = arguments.json ? stderr : stdout;
  for (const std::string& failure : failures) {
    fmt::print(verdict, "{}\n", failure);
  }
  fmt::print(verdict, "{}", verdict_text(over, *limits, failures.size()));
  return failures.empty() ? kExitHolds : kExitFailed;
}

}  // namespace

void add_compare(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("compare", "Compare two runs of the same requests");
  verb->footer(
      "example: lockstep compare runs/cd2d54c0a4 runs/b740bb7b77 --max-regression p99=5%\n"
      "         lockstep compare simulated live1 live2 live3 --svg latency.svg");
  const auto arguments = std::make_shared<CompareArguments>();
  verb->add_option("run_a", arguments->a, "run directory")->required();
  verb->add_option("run_b", arguments->b,
                   "run directory; further ones repeat it, on a device, and give intervals")
      ->required();
  verb->add_option("--max-regression", arguments->limits,
                   "exit 1 if B is worse than A by more: p99=5%; also mean, p50, p90; repeatable")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_flag("--json", arguments->json, "print JSON; the verdict goes to standard error");
  verb->add_option("--junit", arguments->junit, "the verdicts as JUnit XML, into this file");
  verb->add_option("--svg", arguments->picture, "the latency distributions over one another");
  verb->callback([arguments, &session] {
    const Result<int> verdict = compare_and_print(*arguments);
    session.exit_code = verdict ? *verdict : report_error(verdict.error());
  });
}

}  // namespace lockstep
