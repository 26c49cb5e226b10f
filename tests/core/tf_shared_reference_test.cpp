// Random scenarios through the scheduler and through the slow reference: the same dispatches,
// members, lanes, times, reasons and refusals. A difference is cut down before it is printed.
#include "tests/reference/tf_shared_reference.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using reference::Outcome;
using reference::OutsideEvent;
using support::Scenario;
using support::SeenBatch;
using support::SeenEnd;

constexpr std::uint64_t kScenarioCount = 20'000;

struct Script {
  TfSharedOptions options;
  std::vector<OutsideEvent> events;
  std::vector<SimDuration> durations;
};

template <typename T, std::size_t kCount>
T pick(Prng& prng, const std::array<T, kCount>& from) {
  return from[prng.below(kCount)];
}

std::size_t draw_event_count(Prng& prng) {
  if (prng.below(8) == 0) {
    return 200 + prng.below(60);
  }
  return 25 + prng.below(50);
}

std::uint32_t draw_rows(Prng& prng, std::uint32_t limit) {
  switch (prng.below(16)) {
    case 0:
      return limit + 1;
    case 1:
      return limit;
    case 2:
      return std::max(limit - 1, 1u);
    case 3:
    case 4:
    case 5:
      return 1 + static_cast<std::uint32_t>(prng.below(limit));
    default:
      return 1 + static_cast<std::uint32_t>(prng.below(std::max(limit / 4, 1u)));
  }
}

// Gaps stand around the two spans that matter, the time-out and the service time.
std::int64_t draw_gap(Prng& prng, std::int64_t timeout, std::int64_t service) {
  std::int64_t gap = 0;
  switch (prng.below(12)) {
    case 0:
      gap = timeout - 1 + static_cast<std::int64_t>(prng.below(3));
      break;
    case 1:
      gap = service - 1 + static_cast<std::int64_t>(prng.below(3));
      break;
    case 2:
      gap = 1;
      break;
    case 3:
    case 4:
    case 5:
      gap = 0;
      break;
    default:
      gap = static_cast<std::int64_t>(
          prng.below(1 + static_cast<std::uint64_t>(std::max(timeout, service)) / 3));
  }
  return std::max<std::int64_t>(gap, 0);
}

Script draw_script(std::uint64_t seed) {
  Prng prng(seed, "tf-shared-scenario");
  Script script;
  const auto limit = pick<std::uint32_t>(prng, std::array<std::uint32_t, 6>{1, 2, 4, 8, 10, 32});
  script.options.max_batch_size = limit;
  script.options.batch_timeout_micros = pick(prng, std::array<std::int64_t, 5>{0, 1, 10, 50, 2000});
  script.options.max_enqueued_batches = pick(prng, std::array<std::int64_t, 6>{0, 1, 2, 3, 5, 100});
  script.options.num_batch_threads = 1 + static_cast<std::int64_t>(prng.below(4));
  const std::int64_t timeout = script.options.batch_timeout_micros * 1000;
  const std::int64_t service =
      pick(prng, std::array<std::int64_t, 5>{0, timeout / 2, timeout, 3 * timeout, 30'000});
  const std::size_t duration_count = 1 + prng.below(7);
  for (std::size_t i = 0; i < duration_count; ++i) {
    const auto around = static_cast<std::int64_t>(prng.below(3)) - 1;
    script.durations.push_back(
        SimDuration{std::max<std::int64_t>(service * (prng.below(4) == 0 ? 3 : 1) + around, 0)});
  }
  const std::uint64_t open_queues_max = 1 + prng.below(4);
  const std::uint64_t close_odds = prng.below(2) == 0 ? 0 : 20;  // one event in 20
  std::vector<std::uint32_t> open;
  std::uint32_t queues_made = 0;
  std::int64_t now = 0;
  for (std::size_t left = draw_event_count(prng); left > 0; --left) {
    now += draw_gap(prng, timeout, service);
    if (!open.empty() && close_odds > 0 && prng.below(close_odds) == 0) {
      const std::size_t place = prng.below(open.size());
      script.events.push_back({at_ns(now), open[place], 0});
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(place));
      continue;
    }
    // A new queue is used at once: queues are numbered in the order of their first request.
    std::uint32_t queue = queues_made;
    if (open.empty() || (open.size() < open_queues_max && prng.below(6) == 0)) {
      open.push_back(queues_made++);
    } else {
      queue = open[prng.below(open.size())];
    }
    script.events.push_back({at_ns(now), queue, draw_rows(prng, limit)});
  }
  return script;
}

Outcome run_reference(const Script& script) {
  return reference::run(
      {.batch_rows_max = static_cast<std::uint32_t>(script.options.max_batch_size),
       .timeout = SimDuration{script.options.batch_timeout_micros * 1000},
       .enqueued_batches_max = static_cast<std::uint32_t>(script.options.max_enqueued_batches),
       .lane_count = static_cast<std::uint32_t>(script.options.num_batch_threads)},
      script.events, script.durations);
}

void run_scheduler(const Script& script, Scenario& scenario) {
  for (std::size_t k = 0; k < script.events.size(); ++k) {
    scenario.batch_takes(k, script.durations[k % script.durations.size()]);
  }
  std::uint64_t arrival = 0;
  for (const OutsideEvent& event : script.events) {
    scenario.at(event.at.time_since_epoch());
    if (event.rows == 0) {
      scenario.close_queue(event.queue);
    } else {
      scenario.arrive(std::to_string(arrival++), {.rows = event.rows, .queue = event.queue});
    }
  }
  scenario.run();
}

std::string text_of(const reference::Dispatch& dispatch) {
  std::string text = "@" + to_text(dispatch.at.time_since_epoch()) + " q" +
                     std::to_string(dispatch.queue) + " lane" + std::to_string(dispatch.lane) +
                     " [";
  for (const std::uint64_t member : dispatch.members) {
    text += " " + std::to_string(member);
  }
  return text + " ] opened " + to_text(dispatch.opened.time_since_epoch()) + " due " +
         to_text(dispatch.due.time_since_epoch());
}

std::string text_of(const SeenBatch& batch) {
  std::string text = "@" + to_text(batch.record.dispatched.time_since_epoch()) + " q" +
                     std::to_string(raw(batch.record.queue)) + " lane" +
                     std::to_string(raw(batch.record.lane)) + " [";
  for (const std::string& member : batch.members) {
    text += " " + member;
  }
  return text + " ] opened " + to_text(batch.record.opened.time_since_epoch()) + " due " +
         to_text(batch.record.due.time_since_epoch());
}

std::string text_of(const reference::Refusal& refusal) {
  return "@" + to_text(refusal.at.time_since_epoch()) + " " + std::to_string(refusal.request) +
         " " + std::string(status_name(refusal.status)) + " " +
         std::string(reason_name(refusal.reason));
}

// The first difference, or nothing.
std::optional<std::string> difference(const Outcome& expected, const Scenario& scenario) {
  const std::size_t count = std::max(expected.dispatches.size(), scenario.batches().size());
  for (std::size_t k = 0; k < count; ++k) {
    const std::string want =
        k < expected.dispatches.size() ? text_of(expected.dispatches[k]) : "nothing";
    const std::string found =
        k < scenario.batches().size() ? text_of(scenario.batches()[k]) : "nothing";
    if (want != found) {
      return "dispatch " + std::to_string(k) + "\n  found     " + found + "\n  reference " + want;
    }
    const std::vector<Reason>& reasons = expected.dispatches[k].reasons;
    const BatchRecord& record = scenario.batches()[k].record;
    if (std::count(reasons.begin(), reasons.end(), record.reason) == 0) {
      return found + ": found reason " + std::string(reason_name(record.reason)) +
             ", whose condition was not the first";
    }
  }
  const std::vector<std::string> found = scenario.refusals();
  for (std::size_t i = 0; i < std::max(found.size(), expected.refusals.size()); ++i) {
    const std::string seen = i < found.size() ? found[i] : "nothing";
    const std::string want =
        i < expected.refusals.size() ? text_of(expected.refusals[i]) : "nothing";
    if (seen != want) {
      return "refusal " + std::to_string(i) + "\n  found     " + seen + "\n  reference " + want;
    }
  }
  if (!scenario.unanswered().empty()) {
    return "request " + scenario.unanswered().front() + " was never answered";
  }
  return std::nullopt;
}

std::optional<std::string> difference_of(const Script& script) {
  Scenario scenario(support::tf_shared(script.options));
  run_scheduler(script, scenario);
  return difference(run_reference(script), scenario);
}

// Queue numbers in order of first use again, after events were left out.
void renumber_queues(std::vector<OutsideEvent>& events) {
  std::map<std::uint32_t, std::uint32_t> numbers;
  std::vector<OutsideEvent> kept;
  for (OutsideEvent event : events) {
    if (event.rows == 0 && !numbers.contains(event.queue)) {
      continue;
    }
    event.queue =
        numbers.emplace(event.queue, static_cast<std::uint32_t>(numbers.size())).first->second;
    kept.push_back(event);
  }
  events = kept;
}

// Leaves out one event after the other as long as some difference stays.
Script cut_down(Script script) {
  for (std::size_t i = script.events.size(); i > 0; --i) {
    Script shorter = script;
    shorter.events.erase(shorter.events.begin() + static_cast<std::ptrdiff_t>(i - 1));
    renumber_queues(shorter.events);
    if (difference_of(shorter)) {
      script = shorter;
      i = std::min(i, script.events.size() + 1);  // more than one may have gone
    }
  }
  return script;
}

std::string describe_script(const Script& script) {
  std::string text = "max_batch_size " + std::to_string(script.options.max_batch_size) +
                     ", batch_timeout_micros " +
                     std::to_string(script.options.batch_timeout_micros) +
                     ", max_enqueued_batches " +
                     std::to_string(script.options.max_enqueued_batches) + ", num_batch_threads " +
                     std::to_string(script.options.num_batch_threads) + "\n  batches take";
  for (const SimDuration duration : script.durations) {
    text += " " + to_text(duration);
  }
  std::uint64_t arrival = 0;
  for (const OutsideEvent& event : script.events) {
    text += "\n  @" + to_text(event.at.time_since_epoch()) + " q" + std::to_string(event.queue) +
            (event.rows == 0 ? " closes"
                             : " request " + std::to_string(arrival++) + ", rows " +
                                   std::to_string(event.rows));
  }
  return text;
}

// What the scenarios reached, so that agreement means something.
struct Coverage {
  std::map<Reason, std::uint64_t> reasons;
  std::map<std::string, std::uint64_t> marks;
  std::map<std::size_t, std::uint64_t> size_classes;  // requests, in steps of 20
  std::vector<std::size_t> sizes;

  void add(const Script& script, const Outcome& outcome) {
    const auto requests = static_cast<std::size_t>(
        std::count_if(script.events.begin(), script.events.end(),
                      [](const OutsideEvent& event) { return event.rows > 0; }));
    sizes.push_back(requests);
    ++size_classes[requests / 20 * 20];
    for (const reference::Dispatch& dispatch : outcome.dispatches) {
      ++reasons[dispatch.reasons.front()];
      marks["grew while overdue"] += dispatch.grew_overdue ? 1u : 0u;
      marks["waited for a lane"] += dispatch.at > dispatch.due ? 1u : 0u;
      marks["left at its due time"] += dispatch.at == dispatch.due ? 1u : 0u;
      marks["two reasons at one instant"] += dispatch.reasons.size() > 1 ? 1u : 0u;
      marks["on the last lane of four"] += dispatch.lane == 3 ? 1u : 0u;
    }
    for (const reference::Refusal& refusal : outcome.refusals) {
      ++reasons[refusal.reason];
    }
    marks["queue deleted"] += outcome.queues_deleted;
  }
};

TEST(TfSharedReference, AgreesOnRandomScenarios) {
  Coverage coverage;
  int differing = 0;
  std::optional<Script> smallest;
  // 0 unless a campaign says otherwise: --gtest_random_seed=N draws another set of scenarios.
  const auto campaign = static_cast<std::uint64_t>(GTEST_FLAG_GET(random_seed));
  for (std::uint64_t i = 0; i < kScenarioCount; ++i) {
    const Script script = draw_script(campaign * kScenarioCount + i);
    Scenario scenario(support::tf_shared(script.options));
    run_scheduler(script, scenario);
    const Outcome expected = run_reference(script);
    coverage.add(script, expected);
    if (difference(expected, scenario)) {
      ++differing;
      if (!smallest || script.events.size() < smallest->events.size()) {
        smallest = script;
      }
    }
  }
  if (smallest) {
    const Script cut = cut_down(*smallest);
    ADD_FAILURE() << differing << " of " << kScenarioCount << " scenarios differ. The smallest, "
                  << "cut down:\n  " << describe_script(cut) << "\n"
                  << difference_of(cut).value();
  }

  for (const auto& [from, count] : coverage.size_classes) {
    std::printf("%4zu-%zu requests: %llu scenarios\n", from, from + 19,
                static_cast<unsigned long long>(count));
  }
  for (const Reason reason : {Reason::kFull, Reason::kTimeout, Reason::kGreedy, Reason::kOverflow,
                              Reason::kFlush, Reason::kQueueFull, Reason::kTooLarge}) {
    std::printf("%-28s %llu\n", std::string(reason_name(reason)).c_str(),
                static_cast<unsigned long long>(coverage.reasons[reason]));
    EXPECT_GT(coverage.reasons[reason], 1000u) << reason_name(reason);
  }
  for (const auto& [mark, count] : coverage.marks) {
    std::printf("%-28s %llu\n", mark.c_str(), static_cast<unsigned long long>(count));
    EXPECT_GT(count, 500u) << mark;
  }
  std::sort(coverage.sizes.begin(), coverage.sizes.end());
  EXPECT_GE(coverage.sizes[coverage.sizes.size() / 2], 40u) << "median requests of a scenario";
  EXPECT_GE(coverage.sizes[coverage.sizes.size() * 9 / 10], 200u) << "requests, 10 % of scenarios";
}

}  // namespace
}  // namespace lockstep
