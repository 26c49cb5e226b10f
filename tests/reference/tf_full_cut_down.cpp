// Crude shrinking of a script: whatever can be left out while the difference stays, is.
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "tests/reference/tf_full_scenarios.h"

namespace lockstep::full_reference {
namespace {

using Differs = std::function<bool(const Script&)>;

// After events were left out: unlisted queues are numbered in the order of their first request
// again, and nothing is asked of one that never came to be.
void renumber_queues(Script& script) {
  std::map<std::uint32_t, std::uint32_t> numbers;
  const auto listed = static_cast<std::uint32_t>(script.options.queues.size());
  for (std::uint32_t queue = 0; queue < listed; ++queue) {
    numbers.emplace(queue, queue);
  }
  std::vector<OutsideEvent> kept;
  for (OutsideEvent event : script.events) {
    if (event.kind != EventKind::kArrive && !numbers.contains(event.queue)) {
      continue;
    }
    event.queue =
        numbers.emplace(event.queue, static_cast<std::uint32_t>(numbers.size())).first->second;
    kept.push_back(event);
  }
  script.events = std::move(kept);
}

void cut_events(Script& script, const Differs& differs) {
  for (std::size_t chunk = script.events.size(); chunk > 0; chunk /= 2) {
    for (std::size_t end = script.events.size(); end > 0;) {
      const std::size_t begin = end > chunk ? end - chunk : 0;
      Script shorter = script;
      shorter.events.erase(shorter.events.begin() + static_cast<std::ptrdiff_t>(begin),
                           shorter.events.begin() + static_cast<std::ptrdiff_t>(end));
      renumber_queues(shorter);
      if (differs(shorter)) {
        script = std::move(shorter);
      }
      end = std::min(begin, script.events.size());
    }
  }
}

void try_change(Script& script, const Differs& differs,
                const std::function<void(Script&)>& change) {
  Script simpler = script;
  change(simpler);
  if (differs(simpler)) {
    script = std::move(simpler);
  }
}

constexpr std::array<void (*)(TfQueueExtras&), 9> kSimplerExtras = {
    [](TfQueueExtras& extras) { extras.enable_large_batch_splitting = false; },
    [](TfQueueExtras& extras) { extras.enable_priority_queue = false; },
    [](TfQueueExtras& extras) { extras.enable_priority_aware_batch_scheduler = false; },
    [](TfQueueExtras& extras) { extras.allowed_batch_sizes.clear(); },
    [](TfQueueExtras& extras) { extras.low.allowed_batch_sizes.clear(); },
    [](TfQueueExtras& extras) { extras.batch_costs.clear(); },
    [](TfQueueExtras& extras) { extras.batch_padding_policy = TfPaddingPolicy::kPadUp; },
    [](TfQueueExtras& extras) { extras.disable_padding = false; },
    [](TfQueueExtras& extras) {
      extras.enable_task_resplit = false;
      extras.enable_lazy_cancellation_filtering = false;
    },
};

void simplify_options(Script& script, const Differs& differs) {
  for (const auto simplify : kSimplerExtras) {
    try_change(script, differs, [&](Script& s) { simplify(s.options.extras); });
    for (std::size_t queue = 0; queue < script.options.queues.size(); ++queue) {
      try_change(script, differs, [&](Script& s) { simplify(s.options.queues[queue].extras); });
    }
  }
  try_change(script, differs, [](Script& s) { s.options.rank_queues = false; });
  try_change(script, differs, [](Script& s) { s.options.num_batch_threads = 1; });
}

void simplify_executions(Script& script, const Differs& differs) {
  try_change(script, differs, [](Script& s) { s.executions.resize(1); });
  for (std::size_t i = 0; i < script.executions.size(); ++i) {
    try_change(script, differs, [i](Script& s) { s.executions[i].fails = false; });
    try_change(script, differs, [i](Script& s) { s.executions[i].waits = SimDuration{0}; });
    try_change(script, differs, [i](Script& s) { s.executions[i].held_until = SimTime{}; });
    try_change(script, differs, [i](Script& s) { s.executions[i].takes = SimDuration{0}; });
  }
}

void simplify_requests(Script& script, const Differs& differs) {
  for (std::size_t i = 0; i < script.events.size(); ++i) {
    try_change(script, differs, [i](Script& s) { s.events[i].timeout = SimDuration{0}; });
    try_change(script, differs, [i](Script& s) { s.events[i].priority = 0; });
    try_change(script, differs, [i](Script& s) { s.events[i].rows = 1; });
  }
}

}  // namespace

Script cut_down(Script script, const Differs& differs) {
  cut_events(script, differs);
  simplify_options(script, differs);
  simplify_executions(script, differs);
  simplify_requests(script, differs);
  cut_events(script, differs);
  return script;
}

}  // namespace lockstep::full_reference
