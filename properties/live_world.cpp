#include "properties/live_world.h"

#include <algorithm>

#include "sim/device_text.h"

namespace lockstep {
namespace {

constexpr float kGone = -2.0F;

// Small and different for neighbours: its square is exact.
float row_value(std::size_t request, std::uint32_t row) {
  return static_cast<float>((request * 31 + std::size_t{row} * 7) % 2039) + 1.0F;
}

class ScenarioRequest final : public LiveRequest {
 public:
  ScenarioRequest(std::size_t number, const Arrival& wanted, LiveRun& run,
                  LiveHistoryRecorder& recorder)
      : number_(number),
        run_(run),
        recorder_(recorder),
        in_(std::size_t{wanted.size}),
        out_(std::size_t{wanted.size}, -1.0F) {
    arrival = wanted;
    for (std::uint32_t row = 0; row < wanted.size; ++row) {
      in_[row] = row_value(number, row);
    }
    input = std::as_bytes(std::span(in_));
    output = std::as_writable_bytes(std::span(out_));
  }
  void done(const LiveAnswer& answer) override {
    ++run_.answers[number_];
    if (!run_.ended) {
      recorder_.instant({.kind = LiveOperationKind::kAnswer,
                         .request = number_,
                         .status = answer.status,
                         .answered = answer.answered});
    }
    run_.statuses[number_] = answer.status;
    run_.answered[number_] = answer.answered;
    run_.reasons[number_] = answer.reason;
    for (std::uint32_t row = 0; answer.status == Status::kOk && row < arrival.size; ++row) {
      const float value = row_value(number_, row);
      run_.wrong_rows += out_[row] != value * value ? 1U : 0U;
    }
    // From here on the memory is the caller's again: what is read is wrong, what is written shows.
    std::fill(in_.begin(), in_.end(), kGone);
    std::fill(out_.begin(), out_.end(), kGone);
  }
  // Nobody took it: what its client hears.
  void refuse() {
    done({.status = Status::kUnavailable, .arrived = arrival.time, .answered = arrival.time});
  }
  [[nodiscard]] bool was_touched() const {
    return std::any_of(out_.begin(), out_.end(), [](float value) { return value != kGone; });
  }
  std::uint64_t ticket = 0;

 private:
  std::size_t number_;
  LiveRun& run_;
  LiveHistoryRecorder& recorder_;
  std::vector<float> in_;
  std::vector<float> out_;
};

class ScenarioInputs final : public LiveSink {
 public:
  explicit ScenarioInputs(InputLog& log) : log_(log) {}
  void input(const LiveInput& input) override { log_.add(input); }
  void stages(BatchId /*batch*/, const StageTimes& /*times*/) override {}

 private:
  InputLog& log_;
};

// Fibers of the clients. The last one that has sent all closes the driver.
class LiveClients {
 public:
  LiveClients(const LiveScenario& scenario, ControlledRuntime& runtime, Driver& driver,
              std::vector<std::unique_ptr<ScenarioRequest>>& requests,
              LiveHistoryRecorder& recorder)
      : scenario_(scenario),
        runtime_(runtime),
        driver_(driver),
        requests_(requests),
        recorder_(recorder) {
    left_ = scenario.clients + (scenario.cancels.empty() ? 0 : 1) + (scenario.stop_at ? 1 : 0);
    for (std::uint32_t client = 0; client < scenario.clients; ++client) {
      runtime_.spawn("client " + std::to_string(client), FiberClass::kOutside,
                     [this, client] { submit_of(client); });
    }
    if (!scenario.cancels.empty()) {
      runtime_.spawn("canceller", FiberClass::kOutside, [this] { cancel_all(); });
    }
    if (scenario.stop_at) {
      runtime_.spawn("stopper", FiberClass::kOutside, [this] { stop(); });
    }
  }

 private:
  void submit_of(std::uint32_t client) {
    for (std::size_t i = client; i < requests_.size(); i += scenario_.clients) {
      while (runtime_.now() < scenario_.arrivals[i].time) {
        runtime_.park_until(scenario_.arrivals[i].time);
      }
      const std::size_t operation =
          recorder_.invoke({.kind = LiveOperationKind::kSubmit, .request = i});
      runtime_.point("submit");
      const Driver::Submitted submitted = driver_.submit(*requests_[i]);
      if (submitted.pushed == SubmissionQueue::Pushed::kClosed) {
        requests_[i]->refuse();
        continue;
      }
      LOCKSTEP_CHECK(submitted.pushed == SubmissionQueue::Pushed::kYes);
      if (scenario_.points_after) {
        runtime_.point("submitted");
      }
      recorder_.respond(operation);
      requests_[i]->ticket = submitted.ticket + 1;
    }
    leave();
  }
  void cancel_all() {
    for (const LiveCancel& cancel : scenario_.cancels) {
      while (runtime_.now() < cancel.at) {
        runtime_.park_until(cancel.at);
      }
      runtime_.point("cancel");
      if (const std::uint64_t ticket = requests_[cancel.request]->ticket; ticket > 0) {
        const std::size_t operation =
            recorder_.invoke({.kind = LiveOperationKind::kCancel, .request = cancel.request});
        driver_.cancel(ticket - 1);
        if (scenario_.points_after) {
          runtime_.point("cancelled");
        }
        recorder_.respond(operation);
      }
    }
    leave();
  }
  void stop() {
    while (runtime_.now() < *scenario_.stop_at) {
      runtime_.park_until(*scenario_.stop_at);
    }
    runtime_.point("stop");
    driver_.stop();
    leave();
  }
  void leave() {
    if (--left_ == 0) {
      runtime_.point("close");
      driver_.close();
    }
  }

  const LiveScenario& scenario_;
  ControlledRuntime& runtime_;
  Driver& driver_;
  std::vector<std::unique_ptr<ScenarioRequest>>& requests_;
  LiveHistoryRecorder& recorder_;
  std::uint32_t left_ = 0;
};

}  // namespace

std::unique_ptr<LiveRun> run_live(const LiveScenario& scenario, Choices& choices,
                                  const ControlledOptions& options) {
  auto run = std::make_unique<LiveRun>();
  const std::size_t count = scenario.arrivals.size();
  run->answers.assign(count, 0);
  run->statuses.assign(count, Status::kOk);
  run->reasons.assign(count, Reason::kNone);
  run->answered.assign(count, SimTime{});
  std::vector<std::unique_ptr<ScenarioRequest>> requests;  // outlive the fibers
  const Result<DeviceDescription> described = parse_device(scenario.gpu);
  LOCKSTEP_CHECK(described.has_value());
  const DeviceDescription& description = *described;
  ScenarioInputs recorder(run->inputs);
  ControlledOptions controlled = options;
  controlled.threads = scenario.threads;
  controlled.stalls_at = "copy";
  controlled.stall = scenario.copy_stall;
  ControlledRuntime runtime(choices, controlled);
  LiveHistoryRecorder history(run->history, runtime);
  for (std::size_t i = 0; i < count; ++i) {
    requests.push_back(std::make_unique<ScenarioRequest>(i, scenario.arrivals[i], *run, history));
  }
  SimulatedDevice simulated(runtime, description,
                            {.device = {.gpu_count = scenario.gpus, .lane_count = scenario.lanes},
                             .model = {},
                             .choices = scenario.device_fails ? &choices : nullptr,
                             .failing_launch = scenario.failing_launch,
                             .slow_launch = scenario.slow_launch,
                             .lost_launch = scenario.lost_launch});
  const std::unique_ptr<Device> other = scenario.device ? scenario.device(runtime) : nullptr;
  RecordedDevice device(other ? *other : simulated, history);
  Driver driver(runtime, device, scenario.scheduler(),
                {.server = {.lane_count = scenario.lanes, .settings_digest = kLiveSettingsDigest},
                 .gpu_count = scenario.gpus,
                 .flushes = scenario.flushes,
                 .submission_capacity = 1024,
                 .copies_from = 0,
                 .watchdog = scenario.watchdog},
                nullptr, &recorder);
  const LiveClients clients(scenario, runtime, driver, requests, history);
  run->end = runtime.run();
  run->ended = true;
  run->unfinished = runtime.unfinished();
  run->fibers = runtime.names();
  run->events = runtime.events();
  run->steps = runtime.steps();
  if (run->end == RunEnd::kAllEnded) {
    run->abandoned = driver.abandon();
    for (std::size_t i = 0; i < count; ++i) {
      run->touched += run->answers[i] > 0 && requests[i]->was_touched() ? 1U : 0U;
    }
  }
  run->digest = driver.server().digest();
  run->totals = driver.server().totals();
  run->driver = driver.totals();
  return run;
}

}  // namespace lockstep
