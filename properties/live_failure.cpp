// What is wrong with a live run: beside live_world.cpp, which seeded bugs compile again.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "properties/live_linearization.h"
#include "properties/live_world.h"

namespace lockstep {

namespace {

// Of the requests' own deadlines.
std::string overdue_request(const LiveScenario& scenario, const LiveRun& run) {
  for (std::size_t i = 0; i < run.answers.size(); ++i) {
    const Arrival& arrival = scenario.arrivals[i];
    if (arrival.timeout == SimDuration{0}) {
      continue;
    }
    const SimTime deadline = after(arrival.time, arrival.timeout);
    const bool gave_up =
        run.statuses[i] == Status::kDeadlineExceeded && run.reasons[i] == Reason::kNone;
    if (run.answered[i] > deadline || (gave_up && run.answered[i] < deadline)) {
      return "overdue: " + std::to_string(i);
    }
  }
  return {};
}

// By a fresh core, which says when a batch was handed over, and which lanes are down. A copier that
// stalls tells the core late of a batch of which its lane has heard in time.
std::string broken_watch(const LiveScenario& scenario, const LiveRun& run) {
  Server server = fresh_core(scenario);
  std::vector<SimTime> handed(scenario.lanes);
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    const LiveInput& input = run.inputs[i];
    if (input.kind == InputKind::kBatchDone) {
      const SimTime strikes = after(handed[raw(input.done.lane)], scenario.watchdog->after);
      const bool given_up = input.done.status == Status::kDeadlineExceeded;
      const bool is_up = server.down_status(input.done.lane) == Status::kOk;
      const bool late = input.now > strikes && scenario.copy_stall == SimDuration{0};
      if (late || (given_up && (input.now < strikes || is_up))) {
        return "watchdog: a batch on lane " + std::to_string(raw(input.done.lane));
      }
    }
    feed(server, input);
    for (const StartedBatch& batch : server.started()) {
      handed[raw(batch.lane)] = input.now;
    }
  }
  return {};
}

std::string linearization_failure(const LiveScenario& scenario, const LiveRun& run) {
  // Who gives up by the clock (a client, the watchdog) is no operation of a history; while a copier
  // stalls, time goes on before what was seen has reached the core.
  const bool by_the_clock =
      scenario.watchdog.has_value() || scenario.copy_stall > SimDuration{0} ||
      std::any_of(scenario.arrivals.begin(), scenario.arrivals.end(),
                  [](const Arrival& arrival) { return arrival.timeout > SimDuration{0}; });
  if (scenario.flushes || scenario.stop_at || by_the_clock ||
      run.history.size() > kMaxLinearizedOperations) {
    return {};
  }
  const Linearization found = linearize({.scheduler = scenario.scheduler,
                                         .lanes = scenario.lanes,
                                         .gpus = scenario.gpus,
                                         .arrivals = &scenario.arrivals},
                                        run.history);
  return found.verdict == Linearized::kNo ? "not-linearizable: no order of the " +
                                                std::to_string(run.history.size()) + " operations"
                                          : "";
}

}  // namespace

Server fresh_core(const LiveScenario& scenario) {
  return {scenario.scheduler(),
          {.lane_count = scenario.lanes, .settings_digest = kLiveSettingsDigest},
          nullptr};
}

std::uint64_t reexecuted_digest(const LiveScenario& scenario, const LiveRun& run) {
  Server server = fresh_core(scenario);
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    feed(server, run.inputs[i]);
  }
  return server.digest();
}

std::string live_failure(const LiveScenario& scenario, const LiveRun& run) {
  if (run.end != RunEnd::kAllEnded) {
    std::string names;
    for (const std::string& name : run.unfinished) {
      names += " " + name;
    }
    return (run.end == RunEnd::kStuck ? "stuck:" : "endless:") + names;
  }
  for (std::size_t i = 0; i < run.answers.size(); ++i) {
    if (run.answers[i] != 1) {
      return (run.answers[i] == 0 ? "lost-request: " : "double-answer: ") + std::to_string(i);
    }
  }
  if (run.wrong_rows > 0) {
    return "wrong-rows: " + std::to_string(run.wrong_rows);
  }
  if (run.touched > 0) {
    return "touched: " + std::to_string(run.touched);
  }
  if (const std::string overdue = overdue_request(scenario, run); !overdue.empty()) {
    return overdue;
  }
  if (reexecuted_digest(scenario, run) != run.digest) {
    return "divergence: digests differ";
  }
  if (scenario.watchdog) {
    if (const std::string broken = broken_watch(scenario, run); !broken.empty()) {
      return broken;
    }
  }
  if (std::string failure = linearization_failure(scenario, run); !failure.empty()) {
    return failure;
  }
  if (run.abandoned > 0 && scenario.scheduler()->promises().starvation_free) {
    return "forgotten: " + std::to_string(run.abandoned);
  }
  return {};
}

std::string live_failure_key(const std::string& failure) {
  return failure.substr(0, failure.find(':'));
}

JudgedLive judge_live(const LiveScenario& scenario, RunLive run, Choices& choices,
                      const ControlledOptions& options) {
  try {
    std::unique_ptr<LiveRun> ran = run(scenario, choices, options);
    std::string failure = live_failure(scenario, *ran);
    return {.failure = std::move(failure), .run = std::move(ran)};
  } catch (const CheckFailed& failed) {
    // Where it stands says which; when is of this run alone.
    const std::string what = failed.what();
    return {.failure = "failed-check: " + what.substr(0, what.find(" at virtual time")),
            .run = nullptr};
  }
}

}  // namespace lockstep
