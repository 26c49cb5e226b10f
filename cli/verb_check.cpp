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
#include "cli/queue_names.h"
#include "cli/rederived_files.h"
#include "cli/run_directory.h"
#include "cli/run_plan.h"
#include "cli/scheduler_spec.h"
#include "cli/user_scheduler.h"
#include "cli/verbs.h"
#include "core/digest.h"
#include "core/schedulers/registry.h"
#include "properties/plugin/progress.h"
#include "properties/reexecution.h"
#include "sim/device_file.h"
#include "sim/device_text.h"
#include "sim/fault_plan.h"
#include "traces/journal_csv.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

struct CheckOptions {
  std::string run;
  std::string only;
  std::string plugin;
  std::string exec;
};

// A run as its manifest, which outlives this, describes it: what is needed to re-execute its
// journal.
struct Described {
  UserScheduler user;                        // goes last: the scheduler may be one of it
  std::unique_ptr<NamedQueueModels> models;  // of the scheduler, which goes first
  std::unique_ptr<Scheduler> scheduler;      // fresh, every option from the settings
  std::optional<DeviceDescription> device;   // of a simulated device
  FaultPlan faults;                          // of that device
};

// What the manifest says twice must agree.
Result<void> require_agreement(const Manifest& manifest, const SchedulerInfo& info) {
  const std::pair<std::string_view, std::string> said_twice[] = {
      {"scheduler", manifest.scheduler},
      {info.lane_option, std::to_string(manifest.lane_count)},
      {"gpus", std::to_string(manifest.gpu_count)},
      {"seed", std::to_string(manifest.seed)}};
  for (const auto& [name, value] : said_twice) {
    for (const auto& [setting, text] : manifest.settings) {
      if (setting == name && text != value) {
        return bad_input(fmt::format("found {} and, in its settings, {} '{}', expected the same",
                                     value, setting, text));
      }
    }
  }
  return {};
}

std::optional<std::string> setting(const Manifest& manifest, std::string_view name) {
  for (const auto& [setting, text] : manifest.settings) {
    if (setting == name) {
      return text;
    }
  }
  return std::nullopt;
}

// Settings without a GPU curve are those of a device whose times were measured.
Result<std::optional<DeviceDescription>> described_device(const Manifest& manifest) {
  const std::optional<std::string> gpu = setting(manifest, "gpu");
  const std::optional<std::string> text = setting(manifest, "gpu_curve");
  if (!gpu && !text) {
    return std::nullopt;
  }
  Result<DeviceDescription> device = parse_device(text.value_or(""));
  if (!device) {
    return tl::unexpected(device.error());
  }
  // What came from a file is said by gpu_curve alone: the file may be gone.
  if (!names_device_file(gpu.value_or(""))) {
    const Result<DeviceDescription> named = parse_device(gpu.value_or(""));
    if (!named) {
      return tl::unexpected(named.error());
    }
    // What `gpu` leaves open of these two the server's own configuration may have said.
    DeviceDescription without = *device;
    if (!named->memory.fraction) {
      without.memory.fraction.reset();
    }
    if (!named->memory.growth) {
      without.memory.growth.reset();
    }
    if (device_text(*named) != device_text(without)) {
      return bad_input(fmt::format("found gpu {} and gpu_curve {}, expected the same curve", *gpu,
                                   device_text(*device)));
    }
  }
  if (Result<void> shared =
          require_sharing(device->sharing, manifest.lane_count, manifest.gpu_count);
      !shared) {
    return tl::unexpected(shared.error());
  }
  return std::optional(std::move(*device));
}

// What the run's faults were: its `faults` says only where they came from.
Result<FaultPlan> described_faults(const Manifest& manifest) {
  const std::optional<std::string> text = setting(manifest, kFaultPlanSetting);
  Result<FaultPlan> plan = parse_fault_plan(kFaultPlanSetting, text.value_or(""));
  if (!plan) {
    return plan;
  }
  if (Result<void> fits = check_fault_plan(*plan, manifest.lane_count, manifest.gpu_count); !fits) {
    return tl::unexpected(fits.error());
  }
  return plan;
}

// The run's scheduler: of the list, or `user`, which is the one that decided it.
Result<const SchedulerInfo*> scheduler_of(const Manifest& manifest, const UserScheduler& user) {
  const SchedulerInfo* listed = find_scheduler(manifest.scheduler);
  if (user.info == nullptr) {
    const bool exec = manifest.rules_version.starts_with("exec ");
    const bool own = exec || manifest.rules_version.starts_with("plugin ");
    if (listed == nullptr) {
      return bad_input("found scheduler '" + manifest.scheduler + "', expected " +
                       (own ? std::string(exec ? "--exec CMD" : "--plugin LIB") +
                                  " to say where it is: it is no scheduler of ours"
                            : "a name of `lockstep list schedulers`"));
    }
    return listed;
  }
  if (user.info->name != manifest.scheduler) {
    return bad_input("found scheduler '" + manifest.scheduler + "', expected that of " +
                     (user.rules_version.starts_with("exec ") ? "--exec" : "--plugin") + ": " +
                     std::string(user.info->name));
  }
  if (user.rules_version != manifest.rules_version) {
    fmt::print("note: {} is another build ({}) than the one that decided this run ({})\n",
               manifest.scheduler, user.rules_version, manifest.rules_version);
  }
  return user.info.get();
}

Result<Described> describe_run(const Manifest& manifest, UserScheduler user) {
  const Result<const SchedulerInfo*> found = scheduler_of(manifest, user);
  if (!found) {
    return tl::unexpected(found.error());
  }
  const SchedulerInfo* info = *found;
  if (const Result<void> agreed = require_agreement(manifest, *info); !agreed) {
    return tl::unexpected(agreed.error());
  }
  const Result<SpecOptions> options = spec_options(*info, manifest.settings, manifest.seed);
  if (!options) {
    return tl::unexpected(options.error());
  }
  Result<SchedulerSpec> spec = make_spec(*info, *options);
  if (!spec) {
    return tl::unexpected(spec.error());
  }
  auto models = std::make_unique<NamedQueueModels>(*spec, manifest.queue_names);
  spec->models = models.get();
  Result<std::unique_ptr<Scheduler>> scheduler = info->make(*spec);
  if (!scheduler) {
    return tl::unexpected(scheduler.error());
  }
  Result<std::optional<DeviceDescription>> device = described_device(manifest);
  if (!device) {
    return tl::unexpected(device.error());
  }
  Result<FaultPlan> faults = described_faults(manifest);
  if (!faults) {
    return tl::unexpected(faults.error());
  }
  return Described{std::move(user), std::move(models), std::move(*scheduler), std::move(*device),
                   std::move(*faults)};
}

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

Result<ReexecutionReport> reexecute_run(const Manifest& manifest, Described& described,
                                        const JournalLineSource& lines, RederivedFiles& files) {
  const ReexecutionOptions options{
      .server = {.lane_count = manifest.lane_count, .settings_digest = settings_digest(manifest)},
      .queue_count = static_cast<std::uint32_t>(manifest.queue_names.size()),
      .device = described.device ? &*described.device : nullptr,
      .gpu_count = manifest.gpu_count,
      .seed = manifest.seed,
      .queue_names = &manifest.queue_names,
      .faults = &described.faults};
  return reexecute(
      std::move(described.scheduler), options,
      [&lines]() -> Result<std::optional<JournalLine>> {
        if (was_interrupted()) {
          return tl::unexpected(Error{Errc::kInterrupted, "interrupted"});
        }
        return lines();
      },
      &files.sink());
}

int check(const CheckOptions& options, Progress* progress) {
  if (!options.only.empty() && options.only != "re-execution") {
    return report_error(Error{Errc::kBadInput, "found --only '" + options.only +
                                                   "', expected re-execution (properties come in "
                                                   "a later version)"});
  }
  const std::string run = run_or_last(options.run);
  const Result<std::string> text = read_manifest_text(run);
  if (!text) {
    return report_error(text.error());
  }
  const std::string name = run + "/manifest.json";
  const Result<Manifest> manifest = parse_manifest(name, *text);
  if (!manifest) {
    return report_error(manifest.error());
  }
  if (progress != nullptr) {
    progress->begin_case(manifest->seed);
  }
  Result<UserScheduler> user = load_user_scheduler(options.plugin, options.exec, progress);
  if (!user) {
    return report_error(user.error());
  }
  std::vector<std::string> failures = alterations(*text, *manifest);
  Result<Described> described = describe_run(*manifest, std::move(*user));
  if (!described) {
    return report_after(run, failures, bad_input(name + ": " + described.error().message).value());
  }
  const Result<JournalLineSource> lines = open_journal(run + "/journal.csv.zst");
  if (!lines) {
    return report_after(run, failures, lines.error());
  }
  Result<std::unique_ptr<RederivedFiles>> files = RederivedFiles::create(*manifest);
  if (!files) {
    return report_error(files.error());
  }
  const Result<ReexecutionReport> report = reexecute_run(*manifest, *described, *lines, **files);
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
  return judge(run, *manifest, *report, std::move(failures));
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("check", "Is this run right?");
  verb->footer("example: lockstep check runs/last --only re-execution");
  const auto options = std::make_shared<CheckOptions>();
  verb->add_option("run", options->run, "run directory; without it runs/last");
  verb->add_option("--only", options->only, "re-execution");
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
