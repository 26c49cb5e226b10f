#include "properties/conformance.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

// Finds all differences between a run and its scenario; the first in time is told.
class Comparison {
 public:
  Comparison(const ConformanceScenario& scenario, ConformanceRecord record)
      : scenario_(scenario), record_(std::move(record)), all_(std::move(record_.missed)) {
    compare_dispatches();
    compare_closes();
    compare_refusals();
  }

  [[nodiscard]] std::optional<ConformanceDifference> first() const {
    const auto first = std::min_element(all_.begin(), all_.end(),
                                        [](const auto& a, const auto& b) { return a.at < b.at; });
    return first == all_.end() ? std::nullopt : std::optional(first->difference);
  }

 private:
  // As the expectation writes it: with the time or without.
  [[nodiscard]] static std::string dispatch_text(std::size_t index, const SeenDispatch& seen,
                                                 bool with_time) {
    return "#" + std::to_string(index + 1) + (with_time ? "@" + micros_text(seen.at) : "") +
           (seen.express ? "x " : " ") + seen.batch;
  }

  // Only the first: the later ones differ because of it.
  void compare_dispatches() {
    const std::vector<SeenDispatch>& seen = record_.dispatches;
    const std::vector<ExpectedDispatch>& expected = scenario_.dispatches;
    for (std::size_t i = 0; i < std::max(seen.size(), expected.size()); ++i) {
      const bool is_expected = i < expected.size();
      const bool with_time = !is_expected || expected[i].at_us.has_value();
      if (i < seen.size() && is_expected && seen[i].batch == expected[i].batch &&
          seen[i].express == expected[i].express &&
          (!with_time || seen[i].at == at_us(*expected[i].at_us))) {
        continue;
      }
      const SimTime expected_at = is_expected && with_time ? at_us(*expected[i].at_us) : kForever;
      const SimTime seen_at = i < seen.size() ? seen[i].at : kForever;
      all_.push_back({std::min(expected_at, seen_at),
                      {is_expected ? expected[i].text : "nothing",
                       i < seen.size() ? dispatch_text(i, seen[i], with_time) : "nothing"}});
      return;
    }
  }

  [[nodiscard]] std::string close_text(std::uint32_t queue, SimTime at) const {
    return "closed(" + scenario_.queues[queue] + ")@" + micros_text(at);
  }

  // Closes of one instant have no order.
  void compare_closes() {
    std::vector<SeenClose> unexpected = record_.closes;
    for (const ExpectedClose& expected : scenario_.closes) {
      const auto find = [&](bool at_its_time) {
        return std::find_if(unexpected.begin(), unexpected.end(), [&](const SeenClose& seen) {
          return seen.queue == expected.queue && (!at_its_time || seen.at == at_us(expected.at_us));
        });
      };
      auto found = find(true);
      if (found == unexpected.end()) {
        found = find(false);
        all_.push_back(
            {at_us(expected.at_us),
             {close_text(expected.queue, at_us(expected.at_us)),
              found == unexpected.end() ? "nothing" : close_text(found->queue, found->at)}});
      }
      if (found != unexpected.end()) {
        unexpected.erase(found);
      }
    }
    for (const SeenClose& seen : unexpected) {
      all_.push_back({seen.at, {"nothing", close_text(seen.queue, seen.at)}});
    }
  }

  // Refusals of one instant have no order.
  void compare_refusals() {
    std::vector<SeenRefusal> unexpected = record_.refusals;
    for (const ExpectedRefusal& expected : scenario_.refusals) {
      const auto found =
          std::find_if(unexpected.begin(), unexpected.end(),
                       [&](const SeenRefusal& seen) { return seen.text == expected.text; });
      if (found == unexpected.end()) {
        all_.push_back({at_us(expected.at_us), {expected.text, "nothing"}});
      } else {
        unexpected.erase(found);
      }
    }
    for (const SeenRefusal& seen : unexpected) {
      all_.push_back({seen.at, {"nothing", seen.text}});
    }
  }

  const ConformanceScenario& scenario_;
  ConformanceRecord record_;
  std::vector<MissedEvent> all_;
};

}  // namespace

std::optional<ConformanceDifference> run_conformance_scenario(const ConformanceScenario& scenario) {
  Result<std::unique_ptr<Scheduler>> scheduler = scenario.settings->make(scenario.thread_count);
  if (!scheduler) {
    // TF 1.1 to 1.6: every option error has this code.
    return scenario.error == "INVALID_ARGUMENT"
               ? std::nullopt
               : std::optional(ConformanceDifference{
                     scenario.error.empty() ? "a scheduler" : "ERR " + scenario.error,
                     "ERR INVALID_ARGUMENT (" + scheduler.error().message + ")"});
  }
  if (!scenario.error.empty()) {
    return ConformanceDifference{"ERR " + scenario.error, "a scheduler"};
  }
  return run_conformance_scenario(scenario, std::move(*scheduler));
}

std::optional<ConformanceDifference> run_conformance_scenario(
    const ConformanceScenario& scenario, std::unique_ptr<Scheduler> scheduler) {
  return Comparison(scenario, play_conformance_scenario(scenario, std::move(scheduler))).first();
}

Result<std::vector<ConformanceScenario>> parse_conformance_file(const std::string& path,
                                                                std::string_view text) {
  std::vector<ConformanceScenario> scenarios;
  std::size_t line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      continue;
    }
    Located<ConformanceScenario> scenario = parse_conformance_scenario(line);
    if (!scenario) {
      return bad_input(path + ":" + std::to_string(line_number) + ":" +
                       std::to_string(scenario.error().column) + ": " + scenario.error().message);
    }
    scenarios.push_back(std::move(*scenario));
  }
  return scenarios;
}

}  // namespace lockstep
