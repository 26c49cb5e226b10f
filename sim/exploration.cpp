#include "sim/exploration.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "sim/bounded_search.h"
#include "sim/schedule_text.h"
#include "sim/uniform_walk.h"

namespace lockstep {
namespace {

struct NamedStrategy {
  Strategy strategy;
  std::string_view name;
};
constexpr std::array<NamedStrategy, 4> kStrategies = {{
    {Strategy::kRandomWalk, "random-walk"},
    {Strategy::kPriorities, "pct"},
    {Strategy::kUniformWalk, "uniform-walk"},
    {Strategy::kBoundedSearch, "bounded-search"},
}};

std::uint32_t fiber_choices(const std::vector<RecordedChoice>& choices) {
  return static_cast<std::uint32_t>(std::count_if(
      choices.begin(), choices.end(),
      [](const RecordedChoice& choice) { return choice.kind == ChoiceKind::kFiber; }));
}

class Explorer {
 public:
  Explorer(const ControlledProgram& program, const ExplorationOptions& options)
      : program_(program), options_(options), search_(options.bound) {}

  Exploration run() {
    while (result_.schedules < options_.schedules && !result_.complete &&
           !(options_.stops && result_.failure)) {
      run_next();
    }
    if (!lengths_.empty()) {
      const auto middle = lengths_.begin() + static_cast<std::ptrdiff_t>(lengths_.size() / 2);
      std::nth_element(lengths_.begin(), middle, lengths_.end());
      result_.choices_median = *middle;
    }
    std::sort(digests_.begin(), digests_.end());
    result_.distinct = static_cast<std::uint64_t>(std::unique(digests_.begin(), digests_.end()) -
                                                  digests_.begin());
    if (result_.failure) {
      cut_down(*result_.failure);
    }
    return std::move(result_);
  }

 private:
  // The strategy of one schedule; the search goes on by itself.
  [[nodiscard]] std::unique_ptr<Choices> make_walk(std::uint64_t seed) const {
    if (result_.schedules == 0) {
      return std::make_unique<DullChoices>();
    }
    switch (options_.strategy) {
      case Strategy::kRandomWalk:
        return std::make_unique<RandomWalk>(seed, options_.rarity);
      case Strategy::kPriorities:
        return std::make_unique<PriorityWalk>(seed, options_.depth, steps_, options_.rarity);
      case Strategy::kUniformWalk:
        return std::make_unique<UniformWalk>(seed, events_, options_.rarity);
      case Strategy::kBoundedSearch:
        break;
    }
    LOCKSTEP_CHECK(false);
  }

  void run_next() {
    const bool searches = options_.strategy == Strategy::kBoundedSearch;
    const std::uint64_t seed = options_.seed + result_.schedules;
    const std::unique_ptr<Choices> walk = searches ? nullptr : make_walk(seed);
    RecordingChoices recorded(searches ? search_ : *walk);
    const std::uint32_t steps = steps_;
    Outcome outcome = program_(recorded);
    const std::vector<RecordedChoice>& choices = recorded.choices();
    if (!outcome.failure.empty()) {
      ++result_.failures;
      if (!result_.failure) {
        result_.failure = FailedSchedule{.key = std::move(outcome.failure),
                                         .schedule = result_.schedules,
                                         .seed = seed,
                                         .steps = steps,
                                         .found = choices,
                                         .fibers = std::move(outcome.fibers)};
      }
    }
    if (result_.schedules == 0) {
      events_ = std::move(outcome.events);
    }
    steps_ = std::max(steps_, fiber_choices(choices));
    lengths_.push_back(choices.size());
    digests_.push_back(recorded.digest());
    result_.choices_max = std::max<std::uint64_t>(result_.choices_max, choices.size());
    result_.steps += outcome.steps;
    ++result_.schedules;
    result_.complete = searches && !search_.next();
  }

  void cut_down(FailedSchedule& failure) const {
    Minimised minimised = minimise(program_, failure.found, failure.key, options_.minimise_runs);
    failure.minimal = std::move(minimised.choices);
    failure.minimise_runs = minimised.runs;
    failure.repeats = true;
    std::optional<std::uint64_t> digest;
    for (int time = 0; time < 2; ++time) {
      ReplayedChoices replayed(options_of(failure.minimal));
      RecordingChoices recorded(replayed);
      const Outcome outcome = program_(recorded);
      failure.repeats = failure.repeats && outcome.failure == failure.key &&
                        recorded.digest() == digest.value_or(recorded.digest());
      digest = recorded.digest();
    }
  }

  const ControlledProgram& program_;
  const ExplorationOptions& options_;
  BoundedSearch search_;
  Exploration result_;
  std::uint32_t steps_ = 0;  // most fiber choices of a run so far
  std::vector<std::uint32_t> events_;
  std::vector<std::size_t> lengths_;
  std::vector<std::uint64_t> digests_;
};

std::string fiber_name(const std::vector<std::string>& fibers, std::uint32_t fiber) {
  return fiber < fibers.size() ? fibers[fiber] : fmt::format("fiber {}", fiber);
}

// One choice that is not the dullest, in words.
std::string choice_line(const RecordedChoice& choice, std::size_t number,
                        const std::vector<std::string>& fibers) {
  if (choice.is_preemption() && choice.kind == ChoiceKind::kFault) {
    return fmt::format("  {}: {} is delayed before '{}'\n", number,
                       fiber_name(fibers, choice.dullest), choice.site);
  }
  if (choice.is_preemption()) {
    return fmt::format("  {}: {} is interrupted before '{}', {} runs\n", number,
                       fiber_name(fibers, choice.dullest), choice.site,
                       fiber_name(fibers, choice.fiber));
  }
  if (choice.kind == ChoiceKind::kFiber) {
    return fmt::format("  {}: {} runs, {} has to wait\n", number, fiber_name(fibers, choice.fiber),
                       fiber_name(fibers, choice.dullest));
  }
  return fmt::format("  {}: {} at '{}', option {} of 0 to {}\n", number,
                     choice_kind_name(choice.kind), choice.site, choice.chosen, choice.count - 1);
}

}  // namespace

std::string choices_text(const std::vector<RecordedChoice>& choices,
                         const std::vector<std::string>& fibers) {
  std::string text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (choices[i].chosen != 0) {
      text += choice_line(choices[i], i, fibers);
    }
  }
  return text;
}

namespace {

std::string failure_text(const FailedSchedule& failure, const ExplorationOptions& options) {
  std::string text = fmt::format("FAIL {}\n", failure.key);
  text += fmt::format("schedule {}, strategy {}, seed {}", failure.schedule,
                      strategy_name(options.strategy), failure.seed);
  if (options.strategy == Strategy::kPriorities) {
    text += fmt::format(", depth {}, steps {}", options.depth, failure.steps);
  }
  const auto deviations =
      std::count_if(failure.minimal.begin(), failure.minimal.end(),
                    [](const RecordedChoice& choice) { return choice.chosen != 0; });
  const std::uint64_t preemptions = preemption_count(failure.minimal);
  text += fmt::format("\n{} preemption{}, {} other choice{} (found with {}; cut down in {} runs)\n",
                      preemptions, preemptions == 1 ? "" : "s",
                      static_cast<std::uint64_t>(deviations) - preemptions,
                      static_cast<std::uint64_t>(deviations) - preemptions == 1 ? "" : "s",
                      preemption_count(failure.found), failure.minimise_runs);
  text += choices_text(failure.minimal, failure.fibers);
  text += failure.repeats ? "repeats:\n" : "DOES NOT REPEAT: not a function of its choices\n";
  return text + schedule_text(failure.minimal);
}

}  // namespace

std::string_view strategy_name(Strategy strategy) {
  const auto* named =
      std::find_if(kStrategies.begin(), kStrategies.end(),
                   [&](const NamedStrategy& candidate) { return candidate.strategy == strategy; });
  return named->name;
}

std::optional<Strategy> find_strategy(std::string_view name) {
  for (const NamedStrategy& candidate : kStrategies) {
    if (candidate.name == name) {
      return candidate.strategy;
    }
  }
  return std::nullopt;
}

Exploration explore(const ControlledProgram& program, const ExplorationOptions& options) {
  return Explorer(program, options).run();
}

std::uint64_t preemption_count(const std::vector<RecordedChoice>& choices) {
  return static_cast<std::uint64_t>(
      std::count_if(choices.begin(), choices.end(),
                    [](const RecordedChoice& choice) { return choice.is_preemption(); }));
}

std::string to_text(const Exploration& exploration, const ExplorationOptions& options) {
  std::string text =
      fmt::format("{} schedules, {} distinct, {} choices in the median, {} at most; {}\n",
                  exploration.schedules, exploration.distinct, exploration.choices_median,
                  exploration.choices_max, strategy_name(options.strategy));
  if (options.strategy == Strategy::kBoundedSearch) {
    text += exploration.complete
                ? fmt::format("explored {0} of {0} with at most {1} preemptions\n",
                              exploration.schedules, options.bound)
                : fmt::format("explored {}, there are more\n", exploration.schedules);
  }
  return exploration.failure ? text + failure_text(*exploration.failure, options) : text;
}

}  // namespace lockstep
