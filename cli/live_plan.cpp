#include "cli/live_plan.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/user_scheduler.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kMostWorkers = 64;

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

// "100ms": a lane whose batch hangs so long is lost. "100ms,reset=50ms": it comes back, so much
// later at the earliest.
Result<Watchdog> parse_watchdog(const std::string& text) {
  constexpr std::string_view kReset = "reset=";
  const std::size_t comma = std::min(text.find(','), text.size());
  const std::string_view rest = std::string_view(text).substr(std::min(comma + 1, text.size()));
  const Result<SimDuration> after = parse_duration(std::string_view(text).substr(0, comma));
  const Result<SimDuration> reset =
      rest.starts_with(kReset) ? parse_duration(rest.substr(kReset.size())) : bad_input("");
  if (!after || *after <= SimDuration{0} || (comma < text.size() && !reset)) {
    return bad_input("found --watchdog '" + text +
                     "', expected a time from 1ns on, and perhaps how much later its lane comes "
                     "back: 100ms or 100ms,reset=50ms");
  }
  return Watchdog{.after = *after, .reset = reset ? std::optional(*reset) : std::nullopt};
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
  if (plan.workers == 0 || plan.workers > kMostWorkers) {
    return bad_input("found --workers " + std::to_string(plan.workers) +
                     ", expected a number of threads from 1 to " + std::to_string(kMostWorkers));
  }
  live.workers = plan.workers;
  if (live.workers > 1) {
    live.settings.emplace_back("workers", std::to_string(live.workers));
  }
  if (!plan.watchdog.empty()) {
    const Result<Watchdog> watchdog = parse_watchdog(plan.watchdog);
    if (!watchdog) {
      return tl::unexpected(watchdog.error());
    }
    live.watchdog = *watchdog;
    live.settings.emplace_back("watchdog", plan.watchdog);
  }
  return live;
}

}  // namespace

Result<PreparedRun> prepare_run(const RunPlan& plan) {
  if (plan.on == kOnSim) {
    if (!plan.model.empty() || !plan.idle.empty()) {
      return bad_input(std::string("found ") + (plan.model.empty() ? "--idle" : "--model") +
                       ", expected it with --on cpu or --on cuda");
    }
    if (plan.workers != 1) {
      return bad_input("found --workers, expected it with --on cpu or --on cuda");
    }
    if (!plan.watchdog.empty()) {
      return bad_input(
          "found --watchdog, expected it with --on cpu or --on cuda: a simulated one is part of "
          "the faults (--faults 'watchdog after=100ms reset=50ms')");
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
