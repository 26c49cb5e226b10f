#include "cli/live_plan.h"

#include <string>
#include <utility>

#include "cli/user_scheduler.h"

namespace lockstep {
namespace {

// What only the simulator has: a real device takes the time that it takes.
Result<void> refuse_simulated_options(const RunPlan& plan) {
  if (!plan.gpu.empty()) {
    return bad_input("found --gpu with --on " + plan.on +
                     ", expected one of them: a curve is for the simulated GPU");
  }
  if (!plan.overhead.empty()) {
    return bad_input("found --overhead with --on " + plan.on +
                     ", expected one of them: what is measured is not added to");
  }
  if (!plan.plugin.empty() || !plan.exec.empty()) {
    return bad_input(std::string("found ") + (plan.exec.empty() ? "--plugin" : "--exec") +
                     " with --on " + plan.on +
                     ", expected a scheduler of `lockstep list schedulers`: users' own run on "
                     "virtual time");
  }
  if (!plan.faults.empty()) {
    return bad_input("found --faults with --on " + plan.on +
                     ", expected one of them: a fault plan strikes the simulated GPU");
  }
  if (plan.arrivals.starts_with("clients:")) {
    return bad_input("found --arrivals " + plan.arrivals + " with --on " + plan.on +
                     ", expected a trace or generated arrivals: clients that wait for answers run "
                     "on virtual time");
  }
  return {};
}

Result<LivePlan> live_plan(const RunPlan& plan) {
  const Result<DeviceKind> kind = parse_device_kind(plan.on);
  if (!kind) {
    return bad_input("found --on '" + plan.on + "', expected sim, cpu or cuda");
  }
  if (Result<void> refused = refuse_simulated_options(plan); !refused) {
    return tl::unexpected(refused.error());
  }
  Result<ModelSpec> model = parse_model(plan.model.empty() ? "square" : plan.model);
  if (!model) {
    return tl::unexpected(model.error());
  }
  const Result<IdleStrategy> idle = parse_idle_strategy(plan.idle.empty() ? "sleep" : plan.idle);
  if (!idle) {
    return tl::unexpected(idle.error());
  }
  LivePlan live{.kind = *kind, .model = std::move(*model), .idle = *idle, .settings = {}};
  live.settings = {{"on", plan.on},
                   {"model", model_text(live.model)},
                   {"idle", std::string(idle_strategy_name(live.idle))}};
  return live;
}

}  // namespace

Result<PreparedRun> prepare_run(const RunPlan& plan) {
  if (plan.on == kOnSim) {
    if (!plan.model.empty() || !plan.idle.empty()) {
      return bad_input(std::string("found ") + (plan.model.empty() ? "--idle" : "--model") +
                       ", expected it with --on cpu or --on cuda");
    }
    Result<UserScheduler> user = load_user_scheduler(plan.plugin, plan.exec, plan.progress);
    if (!user) {
      return tl::unexpected(user.error());
    }
    return prepare(plan, {}, std::move(*user));
  }
  Result<LivePlan> live = live_plan(plan);
  if (!live) {
    return tl::unexpected(live.error());
  }
  return prepare(plan, std::move(*live));
}

}  // namespace lockstep
