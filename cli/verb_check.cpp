// lockstep check: is this run right? Its journal is re-executed, its properties are judged. Or
// those of a log that another server wrote.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/check_properties.h"
#include "cli/described_run.h"
#include "cli/exit_code.h"
#include "cli/rederived_files.h"
#include "cli/run_directory.h"
#include "cli/user_scheduler.h"
#include "cli/verbs.h"
#include "core/digest.h"
#include "properties/plugin/progress.h"
#include "properties/reexecution.h"
#include "traces/journal_csv.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

struct CheckOptions {
  std::string run;
  std::string only;
  std::string plugin;
  std::string exec;
  std::string map;
  std::vector<std::string> settings;
  std::vector<std::string> claims;
};

// What the manifest's own digests say, before anything is executed.
std::vector<std::string> alterations(std::string_view text, const Manifest& manifest) {
  std::vector<std::string> found;
  if (const std::uint64_t digest = settings_digest(manifest); digest != manifest.settings_digest) {
    found.push_back(fmt::format("manifest.json: settings were altered (digest {}, recorded {})",
                                digest_text(digest), digest_text(manifest.settings_digest)));
  } else if (!is_intact_manifest(text)) {
    found.emplace_back(
        "manifest.json was altered: manifest_digest does not follow from the bytes before it");
  }
  return found;
}

void print_failures(const std::string& run, const std::vector<std::string>& failures) {
  for (const std::string& failure : failures) {
    fmt::print("FAIL re-execution  {}  repeat: lockstep check {} --only re-execution\n", failure,
               run);
  }
}

// After an alteration an error is no surprise: the alteration comes first, and decides the code.
int report_after(const std::string& run, const std::vector<std::string>& altered,
                 const Error& error) {
  print_failures(run, altered);
  const int code = report_error(error);
  return altered.empty() || error.code != Errc::kBadInput ? code : kExitFailed;
}

// Lines of the journal file count from 1, its header included. Each failure has the command that
// repeats it.
int judge(const std::string& run, const Manifest& manifest, const ReexecutionReport& report,
          std::vector<std::string> failures) {
  if (report.first_altered_line) {
    failures.push_back(
        fmt::format("journal.csv.zst:{} is the first altered line: its digest does not follow",
                    *report.first_altered_line + 1));
  }
  if (report.first_divergence) {
    fmt::print("recorded:   {}\nrecomputed: {}\n", report.first_divergence->recorded,
               report.first_divergence->recomputed);
    failures.push_back(
        fmt::format("journal.csv.zst:{} is the first {}", report.first_divergence->line + 1,
                    report.first_divergence->impossible_input ? "input that no driver can give"
                                                              : "decision that differs"));
  } else if (report.recomputed_digest != manifest.digest) {
    failures.push_back(fmt::format("manifest.json: digest {}, recomputed {}",
                                   digest_text(manifest.digest),
                                   digest_text(report.recomputed_digest)));
  }
  print_failures(run, failures);
  if (failures.empty()) {
    fmt::print(
        "re-executed: {} inputs gave the same {} decisions, digest {}\n"
        "re-derived: requests.csv, batches.csv and summary.json are what the journal gives\n",
        report.inputs, report.decisions, digest_text(report.recomputed_digest));
  }
  return failures.empty() ? kExitHolds : kExitFailed;
}

// One property a line, and why those that are not judged are not.
int print_properties(const PropertyReport& report, const std::string& repeat, bool lists) {
  for (const std::string& line : lists ? report.not_checked : std::vector<std::string>{}) {
    fmt::print("not checked: {}\n", line);
  }
  for (const std::string& failure : report.failures) {
    fmt::print("{}  repeat: {}\n", failure, repeat);
  }
  if (report.failures.empty()) {
    fmt::print("properties: {} judged, all hold; {} not checked{}\n", report.judged.size(),
               report.not_checked.size(), lists ? "" : " (--only properties says why)");
  }
  return report.failures.empty() ? kExitHolds : kExitFailed;
}

int check_foreign(const CheckOptions& options) {
  const Result<PropertyReport> report = foreign_properties({.path = options.run,
                                                            .map = options.map,
                                                            .settings = options.settings,
                                                            .claims = options.claims});
  if (!report) {
    return report_error(report.error());
  }
  if (report->judged.empty()) {
    fmt::print("no property can be decided from this log\n");
    return kExitNoVerdict;
  }
  return print_properties(*report, "lockstep check " + options.run + " --map " + options.map, true);
}

int check_reexecution(const std::string& run, const std::string& text, const Manifest& manifest,
                      UserScheduler user) {
  const std::string name = run + "/manifest.json";
  std::vector<std::string> failures = alterations(text, manifest);
  Result<Described> described = describe_run(manifest, std::move(user));
  if (!described) {
    return report_after(run, failures, bad_input(name + ": " + described.error().message).value());
  }
  const Result<JournalLineSource> lines = open_journal(run + "/journal.csv.zst");
  if (!lines) {
    return report_after(run, failures, lines.error());
  }
  Result<std::unique_ptr<RederivedFiles>> files = RederivedFiles::create(manifest);
  if (!files) {
    return report_error(files.error());
  }
  const Result<ReexecutionReport> report =
      reexecute_run(manifest, *described, *lines, &(*files)->sink());
  if (!report) {
    return report_after(run, failures, report.error());
  }
  if (!report->first_divergence) {
    Result<std::vector<std::string>> differences =
        (*files)->differences(run, report->recomputed_digest);
    if (!differences) {
      return report_error(differences.error());
    }
    failures.insert(failures.end(), differences->begin(), differences->end());
  }
  return judge(run, manifest, *report, std::move(failures));
}

int check(const CheckOptions& options, Progress* progress) {
  if (!options.only.empty() && options.only != "re-execution" && options.only != "properties") {
    return report_error(Error{Errc::kBadInput, "found --only '" + options.only +
                                                   "', expected re-execution or properties"});
  }
  if (!options.map.empty()) {
    return check_foreign(options);
  }
  if (!options.settings.empty() || !options.claims.empty()) {
    return report_error(
        bad_input("found --set or --claim without --map, expected them with another server's log")
            .value());
  }
  const std::string run = run_or_last(options.run);
  const Result<std::string> text = read_manifest_text(run);
  if (!text) {
    return report_error(text.error());
  }
  const Result<Manifest> manifest = parse_manifest(run + "/manifest.json", *text);
  if (!manifest) {
    return report_error(manifest.error());
  }
  if (progress != nullptr) {
    progress->begin_case(manifest->seed);
  }
  const Result<UserScheduler> user = load_user_scheduler(options.plugin, options.exec, progress);
  if (!user) {
    return report_error(user.error());
  }
  if (options.only != "properties") {
    const int verdict = check_reexecution(run, *text, *manifest, *user);
    if (verdict != kExitHolds || options.only == "re-execution") {
      return verdict;
    }
  }
  const Result<PropertyReport> report = run_properties(run, *manifest, *user);
  if (!report) {
    return report_error(report.error());
  }
  return print_properties(*report, "lockstep check " + run + " --only properties",
                          options.only == "properties");
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("check", "Is this run right?");
  verb->footer(
      "example: lockstep check runs/last --only properties\n"
      "         lockstep check log.csv --map arrival=t0:us,dispatched=t1:us,finished=t2:us,batch=b "
      "\\\n"
      "           --set max_batch_size=32 --claim fifo");
  const auto options = std::make_shared<CheckOptions>();
  verb->add_option("run", options->run, "run directory, without it runs/last; or a log with --map");
  verb->add_option("--only", options->only, "re-execution or properties");
  verb->add_option("--map", options->map,
                   "columns of another server's log: arrival, dispatched, finished, batch, lane, "
                   "queue, size, priority, status");
  verb->add_option("--set", options->settings, "with --map: what it ran with, NAME=VALUE")
      ->take_all();
  verb->add_option("--claim", options->claims,
                   "with --map: what it promises: fifo, work-conserving, timeout-bound, ...")
      ->take_all();
  CLI::Option* const plugin = verb->add_option("--plugin", options->plugin,
                                               "the library of a run with a scheduler of your own");
  verb->add_option("--exec", options->exec, "or the command")->excludes(plugin);
  verb->callback([options, &session] {
    session.exit_code =
        survive_user_scheduler({.plugin = options->plugin, .out = ""},
                               [&](Progress* progress) { return check(*options, progress); });
  });
}

}  // namespace lockstep
