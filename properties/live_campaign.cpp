#include "properties/live_campaign.h"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "core/check.h"
#include "properties/throwing_checks.h"
#include "sim/device_text.h"
#include "sim/simulation.h"
#include "sim/uniform_walk.h"

namespace lockstep {
namespace {

// Fewer than any run of these scenarios comes near, unless it goes round in circles.
constexpr ControlledOptions kLimits{.step_limit = 20'000, .wakes_without_reason = true};
constexpr ControlledOptions kDullLimits{.step_limit = 20'000, .wakes_without_reason = false};

constexpr std::array<std::string_view, 5> kStrategyNames = {"mixed", "dull", "random-walk",
                                                            "uniform-walk", "pct"};

struct LiveCase {
  const SchedulerInfo* info = nullptr;
  LiveScenario scenario;
  LiveStrategy strategy = LiveStrategy::kDull;  // not kMixed
  std::uint32_t depth = 1;                      // of priorities
  std::uint64_t seed = 0;
};

bool is_dull(const LiveCase& of) {
  return of.strategy == LiveStrategy::kDull;
}

LiveStrategy mixed_strategy(std::uint64_t round) {
  if (round % 4 != 0) {
    return LiveStrategy::kPriorities;
  }
  return round % 8 == 0    ? LiveStrategy::kDull
         : round % 16 == 4 ? LiveStrategy::kRandomWalk
                           : LiveStrategy::kUniformWalk;
}

LiveCase case_at(const LiveCampaignOptions& options, std::uint64_t index) {
  const std::span<const SchedulerInfo> schedulers = all_schedulers();
  LiveCase of;
  of.info = &schedulers[index % schedulers.size()];
  const std::uint64_t round = index / schedulers.size();
  of.seed = options.seed * 1'000'003 + index;
  of.strategy = options.strategy;
  of.depth = static_cast<std::uint32_t>(round % 3) + 1;
  if (options.strategy == LiveStrategy::kMixed) {
    of.strategy = mixed_strategy(round);
    of.depth = std::max(static_cast<std::uint32_t>(round % 4), 1U);
  }
  of.scenario =
      drawn_live_scenario(*of.info, of.seed, is_dull(of) ? LiveDraw::kPlain : LiveDraw::kHostile);
  return of;
}

// Where a uniform walk expects the events of its fibers: a random walk of the same scenario.
std::vector<std::uint32_t> expected_events(const LiveCase& of, RunLive run) {
  RandomWalk walk(of.seed);
  const JudgedLive judged = judge_live(of.scenario, run, walk, kLimits);
  return judged.run ? judged.run->events : std::vector<std::uint32_t>{};
}

std::unique_ptr<Choices> strategy_of(const LiveCase& of, RunLive run) {
  switch (of.strategy) {
    case LiveStrategy::kMixed:
    case LiveStrategy::kDull:
      return std::make_unique<DullChoices>();
    case LiveStrategy::kRandomWalk:
      return std::make_unique<RandomWalk>(of.seed);
    case LiveStrategy::kUniformWalk:
      return std::make_unique<UniformWalk>(of.seed, expected_events(of, run));
    case LiveStrategy::kPriorities:
      return std::make_unique<PriorityWalk>(of.seed, of.depth, 120);
  }
  return nullptr;
}

std::string strategy_text(const LiveCase& of) {
  std::string text(live_strategy_name(of.strategy));
  return of.strategy == LiveStrategy::kPriorities ? text + ", depth " + std::to_string(of.depth)
                                                  : text;
}

// The same arrivals through the event loop.
std::uint64_t event_loop_digest(const LiveScenario& scenario) {
  class Arrivals final : public ArrivalSource {
   public:
    explicit Arrivals(const std::vector<Arrival>& arrivals) : arrivals_(arrivals) {}
    [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override {
      const std::size_t count = std::min(out.size(), arrivals_.size() - next_);
      std::copy_n(arrivals_.begin() + static_cast<std::ptrdiff_t>(next_), count, out.begin());
      next_ += count;
      return count;
    }
    [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }

   private:
    const std::vector<Arrival>& arrivals_;
    std::size_t next_ = 0;
    std::vector<std::string> names_;
  } arrivals(scenario.arrivals);
  const Result<DeviceDescription> device = parse_device(scenario.gpu);
  LOCKSTEP_CHECK(device.has_value());
  Server server = fresh_core(scenario);
  const Result<SimulationResult> result =
      simulate({.device = *device, .gpu_count = scenario.gpus}, arrivals, server);
  LOCKSTEP_CHECK(result.has_value());
  return server.digest();
}

// Runs the case once.
JudgedLive judge_case(const LiveCase& of, RunLive run, Choices& choices) {
  JudgedLive judged = judge_live(of.scenario, run, choices, is_dull(of) ? kDullLimits : kLimits);
  if (judged.failure.empty() && is_dull(of) &&
      judged.run->digest != event_loop_digest(of.scenario)) {
    judged.failure = "differs-from-event-loop: digests differ";
  }
  return judged;
}

struct JobResult {
  LiveCampaignResult counts;
  std::vector<std::uint64_t> choice_counts;
  std::vector<std::uint64_t> digests;
};

void note_run(const LiveRun& run, LiveCampaignResult& counts) {
  counts.requests += run.answers.size();
  counts.failed_batches += run.driver.batches_failed;
  for (std::size_t i = 0; i < run.inputs.size(); ++i) {
    counts.cancels += run.inputs[i].kind == InputKind::kCancel ? 1U : 0U;
  }
}

// One case by its own strategy.
std::optional<LiveFinding> explore_case(const LiveCase& of, std::uint64_t index, RunLive run,
                                        JobResult& result) {
  const std::unique_ptr<Choices> strategy = strategy_of(of, run);
  RecordingChoices recorded(*strategy);
  JudgedLive judged = judge_case(of, run, recorded);
  ++result.counts.cases;
  if (judged.run) {
    note_run(*judged.run, result.counts);
  }
  if (!is_dull(of)) {
    ++result.counts.explored;
    result.choice_counts.push_back(recorded.choices().size());
    result.digests.push_back(recorded.digest());
  }
  if (judged.failure.empty()) {
    return std::nullopt;
  }
  return LiveFinding{.index = index,
                     .scheduler = std::string(of.info->name),
                     .failure = std::move(judged.failure),
                     .strategy = strategy_text(of),
                     .choices = recorded.choices()};
}

// Cases job, job + jobs, ...
void run_job(const LiveCampaignOptions& options, std::uint32_t job, JobResult& result) {
  for (std::uint64_t index = job; index < options.cases; index += options.jobs) {
    std::optional<LiveFinding> finding =
        explore_case(case_at(options, index), index, options.run, result);
    if (!finding) {
      continue;
    }
    if (++result.counts.findings == 1) {
      result.counts.first = std::move(finding);
    }
    if (options.stops) {
      return;
    }
  }
}

LiveCampaignResult merged(std::vector<JobResult>& jobs) {
  LiveCampaignResult all;
  std::vector<std::uint64_t> counts;
  std::vector<std::uint64_t> digests;
  for (JobResult& job : jobs) {
    all.cases += job.counts.cases;
    all.findings += job.counts.findings;
    all.requests += job.counts.requests;
    all.cancels += job.counts.cancels;
    all.failed_batches += job.counts.failed_batches;
    all.explored += job.counts.explored;
    counts.insert(counts.end(), job.choice_counts.begin(), job.choice_counts.end());
    digests.insert(digests.end(), job.digests.begin(), job.digests.end());
    if (job.counts.first && (!all.first || job.counts.first->index < all.first->index)) {
      all.first = std::move(job.counts.first);
    }
  }
  std::sort(counts.begin(), counts.end());
  all.choices_median = counts.empty() ? 0 : counts[counts.size() / 2];
  std::sort(digests.begin(), digests.end());
  all.distinct =
      static_cast<std::uint64_t>(std::unique(digests.begin(), digests.end()) - digests.begin());
  return all;
}

}  // namespace

std::string_view live_strategy_name(LiveStrategy strategy) {
  return kStrategyNames.at(static_cast<std::size_t>(strategy));
}

std::optional<LiveStrategy> find_live_strategy(std::string_view name) {
  const auto found = std::find(kStrategyNames.begin(), kStrategyNames.end(), name);
  if (found == kStrategyNames.end()) {
    return std::nullopt;
  }
  return static_cast<LiveStrategy>(found - kStrategyNames.begin());
}

LiveCampaignResult run_live_campaign(const LiveCampaignOptions& options) {
  LOCKSTEP_CHECK(options.jobs > 0);
  const ThrowingChecks throwing;
  std::vector<JobResult> results(options.jobs);
  std::vector<std::thread> threads;
  for (std::uint32_t job = 0; job < options.jobs; ++job) {
    threads.emplace_back([&options, job, &results] { run_job(options, job, results[job]); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return merged(results);
}

std::optional<LiveFinding> explore_live_case(const LiveCampaignOptions& options,
                                             std::uint64_t index) {
  const ThrowingChecks throwing;
  JobResult result;
  return explore_case(case_at(options, index), index, options.run, result);
}

JudgedLive judge_live_case(const LiveCampaignOptions& options, std::uint64_t index,
                           Choices& choices) {
  const ThrowingChecks throwing;
  return judge_case(case_at(options, index), options.run, choices);
}

std::string run_live_case(const LiveCampaignOptions& options, std::uint64_t index,
                          Choices& choices) {
  return judge_live_case(options, index, choices).failure;
}

}  // namespace lockstep
