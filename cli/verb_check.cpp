// lockstep check: is this run right? In this version: re-execution of its journal.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/rederived_files.h"
#include "cli/run_directory.h"
#include "cli/scheduler_spec.h"
#include "cli/verbs.h"
#include "core/digest.h"
#include "core/schedulers/registry.h"
#include "properties/reexecution.h"
#include "traces/journal_csv.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

struct CheckOptions {
  std::string run;
  std::string only;
};

// What the manifest says twice must agree: the settings have a digest, the rest has not.
Result<void> require_agreement(const Manifest& manifest, const SchedulerInfo& info) {
  const std::pair<std::string_view, std::string> said_twice[] = {
      {"scheduler", manifest.scheduler},
      {info.lane_option, std::to_string(manifest.lane_count)},
      {"gpus", std::to_string(manifest.gpu_count)},
      {"seed", std::to_string(manifest.seed)}};
  for (const auto& [name, value] : said_twice) {
    for (const auto& [setting, text] : manifest.settings) {
      if (setting == name && text != value) {
        return bad_input(
            fmt::format("manifest.json: found {} and, in its settings, {} '{}', expected the same",
                        value, setting, text));
      }
    }
  }
  return {};
}

// The scheduler as the manifest describes it: every option from its settings.
Result<std::unique_ptr<Scheduler>> fresh_scheduler(const Manifest& manifest) {
  const SchedulerInfo* info = find_scheduler(manifest.scheduler);
  if (info == nullptr) {
    return bad_input("manifest.json: found scheduler '" + manifest.scheduler +
                     "', expected a name of `lockstep list schedulers`");
  }
  if (const Result<void> agreed = require_agreement(manifest, *info); !agreed) {
    return tl::unexpected(agreed.error());
  }
  Result<SpecOptions> options = spec_options(*info, manifest.settings, manifest.seed);
  if (!options) {
    return bad_input("manifest.json: " + options.error().message);
  }
  const Result<SchedulerSpec> spec = make_spec(*info, *options);
  if (!spec) {
    return bad_input("manifest.json: " + spec.error().message);
  }
  return info->make(*spec);
}

// Lines of the journal file count from 1, its header included. The last line of a failure is the
// first thing that went wrong, with the command that repeats it.
int judge(const std::string& run, const Manifest& manifest, const ReexecutionReport& report,
          std::vector<std::string> failures) {
  if (settings_digest(manifest) != manifest.settings_digest) {
    failures.push_back(fmt::format("manifest.json: settings were altered (digest {}, recorded {})",
                                   digest_text(settings_digest(manifest)),
                                   digest_text(manifest.settings_digest)));
  }
  if (report.first_altered_line) {
    failures.push_back(
        fmt::format("journal.csv.zst:{} is the first altered line: its digest does not follow",
                    *report.first_altered_line + 1));
  }
  if (report.first_divergence) {
    fmt::print("recorded:   {}\nrecomputed: {}\n", report.first_divergence->recorded,
               report.first_divergence->recomputed);
    failures.push_back(fmt::format("journal.csv.zst:{} is the first decision that differs",
                                   report.first_divergence->line + 1));
  } else if (report.recomputed_digest != manifest.digest) {
    failures.push_back(fmt::format("manifest.json: digest {}, recomputed {}",
                                   digest_text(manifest.digest),
                                   digest_text(report.recomputed_digest)));
  }
  for (const std::string& failure : failures) {
    fmt::print("FAIL re-execution  {}  repeat: lockstep check {} --only re-execution\n", failure,
               run);
  }
  if (failures.empty()) {
    fmt::print(
        "re-executed: {} inputs gave the same {} decisions, digest {}\n"
        "re-derived: requests.csv, batches.csv and summary.json are what the journal gives\n",
        report.inputs, report.decisions, digest_text(report.recomputed_digest));
  }
  return failures.empty() ? kExitHolds : kExitFailed;
}

int check(const CheckOptions& options) {
  if (!options.only.empty() && options.only != "re-execution") {
    return report_error(Error{Errc::kBadInput, "found --only '" + options.only +
                                                   "', expected re-execution (properties come in "
                                                   "a later version)"});
  }
  const std::string run = run_or_last(options.run);
  const Result<Manifest> manifest = read_manifest(run);
  if (!manifest) {
    return report_error(manifest.error());
  }
  Result<std::unique_ptr<Scheduler>> scheduler = fresh_scheduler(*manifest);
  if (!scheduler) {
    return report_error(scheduler.error());
  }
  const Result<JournalLineSource> lines = open_journal(run + "/journal.csv.zst");
  if (!lines) {
    return report_error(lines.error());
  }
  Result<std::unique_ptr<RederivedFiles>> files = RederivedFiles::create(*manifest);
  if (!files) {
    return report_error(files.error());
  }
  const Result<ReexecutionReport> report = reexecute(
      std::move(*scheduler),
      ServerOptions{.lane_count = manifest->lane_count,
                    .settings_digest = settings_digest(*manifest)},
      [&lines]() -> Result<std::optional<JournalLine>> {
        if (was_interrupted()) {
          return tl::unexpected(Error{Errc::kInterrupted, "interrupted"});
        }
        return (*lines)();
      },
      &(*files)->sink());
  if (!report) {
    return report_error(report.error());
  }
  Result<std::vector<std::string>> differences = std::vector<std::string>();
  if (!report->first_divergence) {
    differences = (*files)->differences(run, report->recomputed_digest);
  }
  if (!differences) {
    return report_error(differences.error());
  }
  return judge(run, *manifest, *report, std::move(*differences));
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("check", "Is this run right?");
  verb->footer("example: lockstep check runs/last --only re-execution");
  const auto options = std::make_shared<CheckOptions>();
  verb->add_option("run", options->run, "run directory; without it runs/last");
  verb->add_option("--only", options->only, "re-execution");
  verb->callback([options, &session] { session.exit_code = check(*options); });
}

}  // namespace lockstep
