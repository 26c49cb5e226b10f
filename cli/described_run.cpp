#include "cli/described_run.h"

#include <utility>

#include <fmt/format.h>

#include "cli/interrupt.h"
#include "cli/run_plan.h"
#include "sim/device_file.h"
#include "sim/device_text.h"

namespace lockstep {
namespace {

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

// Settings without a GPU curve are those of a device whose times were measured.
Result<std::optional<DeviceDescription>> described_device(const Manifest& manifest) {
  const std::optional<std::string> gpu = setting_of(manifest, "gpu");
  const std::optional<std::string> text = setting_of(manifest, "gpu_curve");
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
  const std::optional<std::string> text = setting_of(manifest, kFaultPlanSetting);
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

}  // namespace

std::optional<std::string> setting_of(const Manifest& manifest, std::string_view name) {
  for (const auto& [setting, text] : manifest.settings) {
    if (setting == name) {
      return text;
    }
  }
  return std::nullopt;
}

Result<FreshScheduler> fresh_scheduler(const SchedulerInfo& info, const SpecOptions& options,
                                       const std::vector<std::string>& queue_names) {
  Result<SchedulerSpec> spec = make_spec(info, options);
  if (!spec) {
    return tl::unexpected(spec.error());
  }
  auto models = std::make_unique<NamedQueueModels>(*spec, queue_names);
  spec->models = models.get();
  Result<std::unique_ptr<Scheduler>> scheduler = info.make(*spec);
  if (!scheduler) {
    return tl::unexpected(scheduler.error());
  }
  return FreshScheduler{std::move(models), std::move(*scheduler), std::move(*spec)};
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
  Result<SpecOptions> options = spec_options(*info, manifest.settings, manifest.seed);
  if (!options) {
    return tl::unexpected(options.error());
  }
  Result<FreshScheduler> fresh = fresh_scheduler(*info, *options, manifest.queue_names);
  if (!fresh) {
    return tl::unexpected(fresh.error());
  }
  Result<std::optional<DeviceDescription>> device = described_device(manifest);
  if (!device) {
    return tl::unexpected(device.error());
  }
  Result<FaultPlan> faults = described_faults(manifest);
  if (!faults) {
    return tl::unexpected(faults.error());
  }
  return Described{std::move(user),
                   info,
                   std::move(*options),
                   std::move(fresh->models),
                   std::move(fresh->scheduler),
                   std::move(*device),
                   std::move(*faults)};
}

Result<ReexecutionReport> reexecute_run(const Manifest& manifest, Described& described,
                                        const JournalLineSource& lines, EventSink* sink) {
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
      sink);
}

}  // namespace lockstep
