// The live driver on virtual time: a simulated device, clients that submit, and what came of it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gpu_backend/driver.h"
#include "gpu_backend/simulated_device.h"
#include "properties/live_history.h"
#include "sim/controlled_runtime.h"

namespace lockstep {

struct LiveCancel {
  std::size_t request = 0;  // its place in the arrivals
  SimTime at{};
};

struct LiveScenario {
  std::function<std::unique_ptr<Scheduler>()> scheduler{};
  std::uint32_t lanes = 1;
  std::uint32_t gpus = 1;
  std::string gpu = "1ms+50us/row";
  std::vector<Arrival> arrivals{};  // times do not decrease
  std::vector<LiveCancel> cancels{};
  std::uint32_t clients = 1;  // fibers that submit: arrival i is of client i mod clients
  std::uint32_t threads = 1;  // of the runtime; from 2 on copiers copy the rows of every batch
  SimDuration copy_stall{0};  // before a request's rows a copier may lose its core for so long
  bool flushes = false;
  std::optional<SimTime> stop_at{};  // somebody shuts the server down then, whoever submits
  bool device_fails = false;         // whether it does is a choice, but for
  std::optional<std::uint64_t> failing_launch{};  // the ordinal of a launch that fails for sure
  std::optional<SlowLaunch> slow_launch{};
  std::optional<std::uint64_t> lost_launch{};
  std::optional<Watchdog> watchdog{};
  // Instead of the simulated one, with the runtime's clock; squares rows of one float. What goes
  // wrong is its own then: the four above are not its.
  std::function<std::unique_ptr<Device>(const Clock&)> device{};
  bool points_after = false;  // clients may be interrupted after a submit or cancel, too
};

struct LiveRun {
  RunEnd end = RunEnd::kAllEnded;
  bool ended = false;        // the fibers have; what comes later is abandon()'s
  std::vector<int> answers;  // by request: how many it got
  std::vector<Status> statuses;
  std::vector<Reason> reasons;
  std::vector<SimTime> answered;
  std::size_t wrong_rows = 0;  // of requests answered with OK
  std::size_t touched = 0;     // whose memory was written after their answer
  std::size_t abandoned = 0;
  std::uint64_t digest = 0;
  ServerTotals totals;
  DriverTotals driver;
  InputLog inputs;
  LiveHistory history;  // until the fibers ended
  std::vector<std::string> unfinished;
  std::vector<std::string> fibers;    // names, by number
  std::vector<std::uint32_t> events;  // of each fiber: what UniformWalk wants to know
  std::uint64_t steps = 0;
};

// Requests carry values that say whose they are; the model squares them.
[[nodiscard]] std::unique_ptr<LiveRun> run_live(const LiveScenario& scenario, Choices& choices,
                                                const ControlledOptions& options = {});

using RunLive = std::unique_ptr<LiveRun> (*)(const LiveScenario&, Choices&,
                                             const ControlledOptions&);

// The settings digest of all of them.
inline constexpr std::uint64_t kLiveSettingsDigest = 42;

// A core as a run of the scenario has, fed by nobody yet.
[[nodiscard]] Server fresh_core(const LiveScenario& scenario);

// The digest of a fresh core that is fed the run's inputs.
[[nodiscard]] std::uint64_t reexecuted_digest(const LiveScenario& scenario, const LiveRun& run);

// What is wrong with a run, "" when nothing is: a short key first ("lost-request"), then which one.
//   stuck           nobody can go on and not everybody has ended
//   endless         the step limit was reached
//   lost-request    a request was not answered
//   double-answer   it was answered more than once
//   wrong-rows      it was answered with OK and rows that are not its own
//   touched         its memory was written after its answer
//   overdue         it was answered after its client's deadline; or given up before it
//   watchdog        a batch ended after the watchdog's time (where no copier stalls), or was given
//                   up before it, or its lane was not down then
//   not-linearizable  no sequence of inputs explains what clients and the device saw
//                   (live_linearization.h); looked at where nothing closes queues, nobody gives up
//                   by the clock, no copier stalls, and the history is short enough
//   divergence      a fresh core decides otherwise from the recorded inputs
//   forgotten       the scheduler promises to answer everything, and the driver had to
[[nodiscard]] std::string live_failure(const LiveScenario& scenario, const LiveRun& run);

// The key of what is wrong: equal for the same kind of failure.
[[nodiscard]] std::string live_failure_key(const std::string& failure);

struct JudgedLive {
  std::string failure;  // as live_failure() says it; or "failed-check: " and where it stands
  std::unique_ptr<LiveRun> run;  // nullptr: a check failed
};

// Runs and judges. The throwing check handler is installed (throwing_checks.h).
[[nodiscard]] JudgedLive judge_live(const LiveScenario& scenario, RunLive run, Choices& choices,
                                    const ControlledOptions& options);

}  // namespace lockstep
