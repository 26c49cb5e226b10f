#include "properties/live_search.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/schedulers/tf_shared.h"
#include "properties/throwing_checks.h"

namespace lockstep {
namespace {

constexpr SimTime kSubmitted = at_ns(1000);
constexpr SimTime kTimedOut = at_ns(2000);
constexpr SimTime kCompleted = at_ns(3000);

constexpr std::array<CancelMoment, 3> kMoments = {{
    {.name = "submission", .at = kSubmitted, .gpus = 1},
    {.name = "time-out", .at = kTimedOut, .gpus = 1},
    {.name = "completion", .at = kCompleted, .gpus = 2},
}};

constexpr std::uint64_t kSearchStepLimit = 20'000;

std::vector<std::string> fiber_names(const LiveScenario& scenario) {
  std::vector<std::string> names;
  for (std::uint32_t lane = 0; lane < scenario.lanes; ++lane) {
    names.push_back("lane " + std::to_string(lane));
  }
  names.insert(names.end(), {"poller", "core"});
  for (std::uint32_t client = 0; client < scenario.clients; ++client) {
    names.push_back("client " + std::to_string(client));
  }
  names.emplace_back("canceller");
  return names;
}

void note_cancellation(const LiveRun& run, LiveSearch& search) {
  bool heard = false;
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    heard = heard || run.inputs[i].kind == InputKind::kCancel;
  }
  search.cancelled += run.statuses.front() == Status::kCancelled ? 1U : 0U;
  search.too_late += heard && run.statuses.front() == Status::kOk ? 1U : 0U;
}

}  // namespace

std::span<const CancelMoment> cancel_moments() {
  return kMoments;
}

LiveScenario searched_live_scenario(const CancelMoment& moment) {
  LiveScenario scenario;
  scenario.scheduler = [] {
    TfSharedOptions options;
    options.max_batch_size = 2;
    options.extras.max_execution_batch_size = 2;
    options.batch_timeout_micros = 1;
    options.num_batch_threads = 2;
    options.extras.enable_priority_aware_batch_scheduler = true;
    options.extras.enable_lazy_cancellation_filtering = true;
    Result<std::unique_ptr<Scheduler>> made = make_tf_shared(options);
    LOCKSTEP_CHECK(made.has_value());
    return std::move(*made);
  };
  scenario.lanes = 2;
  scenario.gpus = moment.gpus;
  scenario.gpu = "1us+0ns/row";
  scenario.arrivals = {{.time = kSubmitted, .queue = QueueId{0}},
                       {.time = kSubmitted, .queue = QueueId{1}}};
  scenario.cancels = {{.request = 0, .at = moment.at}};
  scenario.clients = 2;
  scenario.points_after = true;
  return scenario;
}

LiveSearch search_live(const LiveScenario& scenario, const LiveSearchOptions& options) {
  const ThrowingChecks throwing;
  LiveSearch search;
  const std::vector<std::string> names = fiber_names(scenario);
  const ControlledProgram program = [&](Choices& choices) {
    const JudgedLive judged = judge_live(
        scenario, options.run, choices,
        {.step_limit = kSearchStepLimit, .chooses_from = scenario.arrivals.front().time});
    Outcome outcome{.failure = live_failure_key(judged.failure)};
    if (judged.run) {
      note_cancellation(*judged.run, search);
      outcome.steps = judged.run->steps;
    }
    if (!outcome.failure.empty()) {
      outcome.fibers = names;
    }
    return outcome;
  };
  search.exploration = explore(program, {.strategy = Strategy::kBoundedSearch,
                                         .schedules = options.schedules,
                                         .bound = options.bound});
  return search;
}

}  // namespace lockstep
