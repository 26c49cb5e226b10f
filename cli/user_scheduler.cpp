#include "cli/user_scheduler.h"

#include <charconv>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/run_directory.h"
#include "properties/plugin/exec_scheduler.h"
#include "properties/plugin/isolated.h"
#include "properties/plugin/plugin_library.h"
#include "properties/plugin/progress.h"
#include "properties/plugin/scheduler_fault.h"

namespace lockstep {
namespace {

int catch_faults(const UserSchedulerRun& run, const std::function<int()>& work) {
  try {
    return work();
  } catch (const SchedulerFault& fault) {
    if (was_interrupted()) {
      return report_error(Error{Errc::kInterrupted, "interrupted; nothing was kept"});
    }
    fmt::print(run.findings, "FAIL {}  {}\n", scheduler_fault_kind_name(fault.kind()),
               fault.what());
    return kExitFailed;
  }
}

// The child did not come back with an exit code.
int judge_end(const UserSchedulerRun& run, const IsolatedResult& result,
              const IsolationOptions& options) {
  remove_abandoned(run.out, result.process);
  if (result.end == ChildEnd::kThrew) {
    std::fputs(("error: internal: " + result.bytes + "\n").c_str(), stderr);
    return kExitOurFault;
  }
  if (was_interrupted()) {
    return report_error(Error{Errc::kInterrupted, "interrupted; nothing was kept"});
  }
  const SchedulerFaultKind kind =
      result.end == ChildEnd::kHung ? SchedulerFaultKind::kHang : SchedulerFaultKind::kCrash;
  std::string where = "(outside of its steps)";
  if (result.inside_foreign_code) {
    where = result.input == Progress::kNoInput
                ? "(where it is loaded, made or destroyed)"
                : fmt::format("(input {}, at {}; seed {})", result.input,
                              to_text(result.input_time.time_since_epoch()), result.case_number);
  }
  fmt::print(run.findings, "FAIL {}  plug-in {} {} {}\n", scheduler_fault_kind_name(kind),
             run.plugin, describe(result, options), where);
  return kExitFailed;
}

}  // namespace

Result<UserScheduler> load_user_scheduler(const std::string& plugin, const std::string& exec,
                                          Progress* progress) {
  if (plugin.empty() && exec.empty()) {
    return UserScheduler{};
  }
  Result<std::shared_ptr<const ForeignScheduler>> loaded =
      plugin.empty() ? load_exec(exec, {.interrupted = &was_interrupted})
                     : load_plugin(plugin, progress);
  if (!loaded) {
    return tl::unexpected(loaded.error());
  }
  const SchedulerInfo* info = &(*loaded)->info();
  std::string rules_version = (*loaded)->rules_version();
  return UserScheduler{.info = std::shared_ptr<const SchedulerInfo>(std::move(*loaded), info),
                       .rules_version = std::move(rules_version)};
}

int survive_user_scheduler(const UserSchedulerRun& run, const std::function<int(Progress*)>& work) {
  if (run.plugin.empty()) {
    return catch_faults(run, [&] { return work(nullptr); });
  }
  IsolationOptions options;
  options.interrupted = &was_interrupted;
  const Result<IsolatedResult> result = run_isolated(
      [&](Progress& progress) {
        return std::to_string(catch_faults(run, [&] { return work(&progress); }));
      },
      options);
  if (!result) {
    return report_error(result.error());
  }
  int exit_code = kExitOurFault;
  const char* const end = result->bytes.data() + result->bytes.size();
  if (result->end != ChildEnd::kReturned ||
      std::from_chars(result->bytes.data(), end, exit_code).ptr != end) {
    return judge_end(run, *result, options);
  }
  return exit_code;
}

}  // namespace lockstep
