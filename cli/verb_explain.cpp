// lockstep explain: why a request was slow, and what would have helped.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/run_arguments.h"
#include "cli/run_directory.h"
#include "cli/run_plan.h"
#include "cli/verbs.h"
#include "cli/what_if.h"
#include "reports/batch_stages.h"
#include "reports/explanation.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMostWorst = 100;
constexpr std::size_t kMostWatched = 3;  // a table for a terminal

struct ExplainArguments {
  std::string run;
  std::optional<std::uint64_t> request;
  std::optional<std::uint64_t> batch;
  std::optional<std::uint64_t> worst;
  std::vector<std::string> settings;
  bool no_rerun = false;
};

// Which requests, checked.
Result<std::vector<std::uint64_t>> chosen(const ExplainArguments& arguments, const RunLog& run) {
  const int choices =
      (arguments.request ? 1 : 0) + (arguments.batch ? 1 : 0) + (arguments.worst ? 1 : 0);
  if (choices > 1) {
    return bad_input("found several of --request, --batch and --worst, expected one");
  }
  if (arguments.no_rerun && !arguments.settings.empty()) {
    return bad_input("found --set with --no-rerun, expected one of them");
  }
  if (arguments.request) {
    return std::vector{*arguments.request};
  }
  if (arguments.batch) {
    const Result<std::uint64_t> slowest = slowest_of_batch(run, *arguments.batch);
    if (!slowest) {
      return tl::unexpected(slowest.error());
    }
    return std::vector{*slowest};
  }
  const std::uint64_t count = arguments.worst.value_or(1);
  if (count < 1 || count > kMostWorst) {
    return bad_input(fmt::format("found --worst {}, expected 1 to {}", count, kMostWorst));
  }
  std::vector<std::uint64_t> slowest = slowest_requests(run, count);
  if (slowest.empty()) {
    return bad_input(run.directory +
                     ": found no request that was answered, expected one to explain (--request N "
                     "takes any)");
  }
  return slowest;
}

Result<std::string> words(const RunLog& run, const ExplainArguments& arguments,
                          const std::vector<std::uint64_t>& requests) {
  const Result<std::vector<StageSpans>> stages = stages_of(run);
  if (!stages) {
    return tl::unexpected(stages.error());
  }
  std::string text;
  if (arguments.batch) {
    text += batch_text(run, *stages, *run.find_batch(*arguments.batch)) +
            "of its requests this one waited longest:\n";
  }
  for (const std::uint64_t request : requests) {
    const Result<RequestExplanation> explained = explain_request(run, *stages, request);
    if (!explained) {
      return tl::unexpected(explained.error());
    }
    text += (text.empty() ? "" : "\n") + explanation_text(*explained, run);
  }
  return text;
}

// The changes that were asked for, or the usual ones.
Result<std::vector<OptionChange>> changes_of(const ExplainArguments& arguments,
                                             const RecordedRun& run, const std::string& queue) {
  if (arguments.settings.empty()) {
    return usual_changes(run, queue);
  }
  std::vector<OptionChange> changes;
  for (const std::string& text : arguments.settings) {
    Result<std::pair<std::string, std::string>> setting = parse_setting(text);
    if (!setting) {
      return tl::unexpected(setting.error());
    }
    const std::string bare = setting->first.substr(0, setting->first.find('@'));
    if (find_option(run.scheduler(), bare) == nullptr) {
      return bad_input("found --set " + setting->first + ", expected an option of scheduler " +
                       std::string(run.scheduler().name));
    }
    changes.push_back({.name = setting->first,
                       .before = run.option_of(bare, queue).first,
                       .after = setting->second});
  }
  return changes;
}

// What a change would have done, or why nobody can say.
Result<std::string> what_would_help(const RunLog& run, const ExplainArguments& arguments,
                                    std::vector<std::uint64_t> requests) {
  const Result<std::unique_ptr<RecordedRun>> recorded = RecordedRun::load(run.directory);
  if (!recorded) {
    const Error& error = recorded.error();
    if (error.code == Errc::kInterrupted || !arguments.settings.empty()) {
      return tl::unexpected(error);
    }
    return "\nwhat would have helped is not computed: " + error.message + "\n";
  }
  requests.resize(std::min(requests.size(), kMostWatched));
  const auto first = std::lower_bound(
      run.requests.begin(), run.requests.end(), requests.front(),
      [](const RequestRow& row, std::uint64_t wanted) { return row.request < wanted; });
  const Result<std::vector<OptionChange>> changes =
      changes_of(arguments, **recorded, run.queue_names.at(first->queue));
  if (!changes) {
    return tl::unexpected(changes.error());
  }
  const Result<std::string> table =
      what_if_text(**recorded, requests, *changes, {.strict = !arguments.settings.empty()});
  if (!table) {
    return tl::unexpected(table.error());
  }
  return fmt::format("\nthe same {} arrivals again, each time with one setting changed:\n",
                     run.requests.size()) +
         *table;
}

int explain(const ExplainArguments& arguments) {
  const Result<RunLog> run = load_run(run_or_last(arguments.run));
  if (!run) {
    return report_error(run.error());
  }
  const Result<std::vector<std::uint64_t>> requests = chosen(arguments, *run);
  if (!requests) {
    return report_error(requests.error());
  }
  const Result<std::string> text = words(*run, arguments, *requests);
  if (!text) {
    return report_error(text.error());
  }
  const Result<std::string> help =
      arguments.no_rerun ? std::string() : what_would_help(*run, arguments, *requests);
  if (!help) {
    return report_error(help.error());
  }
  fmt::print("{}{}", *text, *help);
  return kExitHolds;
}

}  // namespace

void add_explain(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("explain", "Why a request was slow, and what would have helped");
  verb->footer(
      "example: lockstep explain runs/last --request 4711\n"
      "without a choice: the slowest request of the run");
  const auto arguments = std::make_shared<ExplainArguments>();
  verb->add_option("run", arguments->run, "run directory; without it runs/last");
  verb->add_option("--request", arguments->request, "this request")->check(whole_number());
  verb->add_option("--batch", arguments->batch, "this batch, and its request that waited longest")
      ->check(whole_number());
  verb->add_option("--worst", arguments->worst, "the K slowest requests; default 1")
      ->check(whole_number());
  verb->add_option("--set", arguments->settings,
                   "run it again with NAME=VALUE (NAME@QUEUE=VALUE) instead of the usual changes; "
                   "repeatable, one at a time")
      ->allow_extra_args(false);
  verb->add_flag("--no-rerun", arguments->no_rerun, "words only");
  verb->callback([arguments, &session] { session.exit_code = explain(*arguments); });
}

}  // namespace lockstep
