// lockstep compare: two runs of the same requests, and how much worse the second may be.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/verbs.h"
#include "reports/compare.h"
#include "reports/compare_text.h"
#include "sim/quantiles.h"

namespace lockstep {
namespace {

struct CompareArguments {
  std::string a;
  std::string b;
  std::vector<std::string> limits;
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

// The lines for limits that do not hold.
Result<std::string> compare_and_print(const CompareArguments& arguments) {
  std::vector<RegressionLimit> limits;
  for (const std::string& text : arguments.limits) {
    const Result<RegressionLimit> limit = parse_regression_limit(text);
    if (!limit) {
      return tl::unexpected(limit.error());
    }
    limits.push_back(*limit);
  }
  const Result<RunLog> a = load_run(arguments.a);
  if (!a) {
    return tl::unexpected(a.error());
  }
  const Result<RunLog> b = load_run(arguments.b);
  if (!b) {
    return tl::unexpected(b.error());
  }
  const Result<RunComparison> comparison = compare_runs(*a, *b);
  if (!comparison) {
    return tl::unexpected(comparison.error());
  }
  fmt::print("{}", comparison_text(*comparison, *a, *b));
  return regression_text(*comparison, limits);
}

}  // namespace

void add_compare(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("compare", "Compare two runs of the same requests");
  verb->footer("example: lockstep compare runs/cd2d54c0a4 runs/b740bb7b77 --max-regression p99=5%");
  const auto arguments = std::make_shared<CompareArguments>();
  verb->add_option("run_a", arguments->a, "run directory")->required();
  verb->add_option("run_b", arguments->b, "run directory")->required();
  verb->add_option("--max-regression", arguments->limits,
                   "exit 1 if B is worse than A by more: p99=5%; also mean, p50, p90")
      ->take_all();
  verb->callback([arguments, &session] {
    const Result<std::string> failures = compare_and_print(*arguments);
    if (!failures) {
      session.exit_code = report_error(failures.error());
      return;
    }
    fmt::print("{}", *failures);
    session.exit_code = failures->empty() ? kExitHolds : kExitFailed;
  });
}

}  // namespace lockstep
