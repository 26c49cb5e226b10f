#include "tests/reference/tf_full_coverage.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace lockstep::full_reference {
namespace {

// --- option values: each must be in 1 % of the scenarios
// ------------------------------------------

struct SchedulerRow {
  std::string_view name;
  bool (*holds)(const TfSharedOptions&);
};
constexpr std::array<SchedulerRow, 9> kSchedulerRows = {{
    {"num_batch_threads 1", [](const TfSharedOptions& o) { return o.num_batch_threads == 1; }},
    {"num_batch_threads 2", [](const TfSharedOptions& o) { return o.num_batch_threads == 2; }},
    {"num_batch_threads 3", [](const TfSharedOptions& o) { return o.num_batch_threads == 3; }},
    {"num_batch_threads 4", [](const TfSharedOptions& o) { return o.num_batch_threads == 4; }},
    {"num_batch_threads 7", [](const TfSharedOptions& o) { return o.num_batch_threads == 7; }},
    {"rank_queues", [](const TfSharedOptions& o) { return o.rank_queues; }},
    {"rank_queues off", [](const TfSharedOptions& o) { return !o.rank_queues; }},
    {"queues listed", [](const TfSharedOptions& o) { return !o.queues.empty(); }},
    {"no queues listed", [](const TfSharedOptions& o) { return o.queues.empty(); }},
}};

using Queue = TfQueueOptions;
struct QueueRow {
  std::string_view name;
  bool (*holds)(const Queue&);
};
bool two_classes(const Queue& q) {
  return q.extras.enable_priority_queue && !q.extras.enable_priority_aware_batch_scheduler;
}
bool aware(const Queue& q) {
  return q.extras.enable_priority_aware_batch_scheduler;
}
bool mixes(const Queue& q, TfMixedPolicy policy) {
  return two_classes(q) && q.extras.mixed_priority_batching_policy == policy;
}
// A policy decides only where there are sizes.
bool pads(const Queue& q, TfPaddingPolicy policy) {
  return !q.extras.allowed_batch_sizes.empty() && q.extras.batch_padding_policy == policy;
}
constexpr std::array<QueueRow, 47> kQueueRows = {{
    {"all options off", [](const Queue& q) { return q.extras.all_off(); }},
    {"max_batch_size 1", [](const Queue& q) { return q.max_batch_size == 1; }},
    {"max_batch_size > 1", [](const Queue& q) { return q.max_batch_size > 1; }},
    {"batch_timeout 0", [](const Queue& q) { return q.batch_timeout_micros == 0; }},
    {"batch_timeout > 0", [](const Queue& q) { return q.batch_timeout_micros > 0; }},
    {"max_enqueued 0", [](const Queue& q) { return q.max_enqueued_batches == 0; }},
    {"max_enqueued 1", [](const Queue& q) { return q.max_enqueued_batches == 1; }},
    {"max_enqueued > 1", [](const Queue& q) { return q.max_enqueued_batches > 1; }},
    {"splitting", [](const Queue& q) { return q.extras.enable_large_batch_splitting; }},
    {"splitting off", [](const Queue& q) { return !q.extras.enable_large_batch_splitting; }},
    {"splitting, execution = input limit",
     [](const Queue& q) {
       return q.extras.enable_large_batch_splitting &&
              q.extras.max_execution_batch_size == q.max_batch_size;
     }},
    {"splitting, execution < input limit",
     [](const Queue& q) {
       return q.extras.enable_large_batch_splitting &&
              q.extras.max_execution_batch_size < q.max_batch_size;
     }},
    {"allowed sizes", [](const Queue& q) { return !q.extras.allowed_batch_sizes.empty(); }},
    {"no allowed sizes", [](const Queue& q) { return q.extras.allowed_batch_sizes.empty(); }},
    {"PAD_UP", [](const Queue& q) { return pads(q, TfPaddingPolicy::kPadUp); }},
    {"BATCH_DOWN", [](const Queue& q) { return pads(q, TfPaddingPolicy::kBatchDown); }},
    {"MINIMIZE_TPU_COST", [](const Queue& q) { return pads(q, TfPaddingPolicy::kMinimizeCost); }},
    {"... with known costs",
     [](const Queue& q) {
       return pads(q, TfPaddingPolicy::kMinimizeCost) && !q.extras.batch_costs.empty();
     }},
    {"... without",
     [](const Queue& q) {
       return pads(q, TfPaddingPolicy::kMinimizeCost) && q.extras.batch_costs.empty();
     }},
    {"disable_padding",
     [](const Queue& q) {
       return q.extras.disable_padding && !q.extras.allowed_batch_sizes.empty();
     }},
    {"disable_padding off",
     [](const Queue& q) {
       return !q.extras.disable_padding && !q.extras.allowed_batch_sizes.empty();
     }},
    {"two classes", two_classes},
    {"one class", [](const Queue& q) { return !two_classes(q) && !aware(q); }},
    {"padding to maximum", [](const Queue& q) { return mixes(q, TfMixedPolicy::kPadToMaximum); }},
    {"padding to next allowed",
     [](const Queue& q) { return mixes(q, TfMixedPolicy::kPadToNextAllowed); }},
    {"isolation", [](const Queue& q) { return mixes(q, TfMixedPolicy::kIsolation); }},
    {"merge", [](const Queue& q) { return mixes(q, TfMixedPolicy::kMerge); }},
    {"merge and splitting",
     [](const Queue& q) {
       return mixes(q, TfMixedPolicy::kMerge) && q.extras.enable_large_batch_splitting;
     }},
    {"merge and a trimming policy",
     [](const Queue& q) {
       return mixes(q, TfMixedPolicy::kMerge) && pads(q, TfPaddingPolicy::kBatchDown);
     }},
    {"low execution 0",
     [](const Queue& q) { return two_classes(q) && q.extras.low.max_execution_batch_size == 0; }},
    {"low execution > 0",
     [](const Queue& q) { return two_classes(q) && q.extras.low.max_execution_batch_size > 0; }},
    {"low timeout 0",
     [](const Queue& q) { return two_classes(q) && q.extras.low.batch_timeout_micros == 0; }},
    {"low timeout > 0",
     [](const Queue& q) { return two_classes(q) && q.extras.low.batch_timeout_micros > 0; }},
    {"low enqueued 0",
     [](const Queue& q) { return two_classes(q) && q.extras.low.max_enqueued_batches == 0; }},
    {"low enqueued > 0",
     [](const Queue& q) { return two_classes(q) && q.extras.low.max_enqueued_batches > 0; }},
    {"low allowed sizes",
     [](const Queue& q) { return two_classes(q) && !q.extras.low.allowed_batch_sizes.empty(); }},
    {"no low allowed sizes",
     [](const Queue& q) { return two_classes(q) && q.extras.low.allowed_batch_sizes.empty(); }},
    {"priority-aware", aware},
    {"priority-aware, splitting",
     [](const Queue& q) { return aware(q) && q.extras.enable_large_batch_splitting; }},
    {"priority-aware, resplit",
     [](const Queue& q) { return aware(q) && q.extras.enable_task_resplit; }},
    {"priority-aware, no resplit",
     [](const Queue& q) { return aware(q) && !q.extras.enable_task_resplit; }},
    {"priority-aware, filtering",
     [](const Queue& q) { return aware(q) && q.extras.enable_lazy_cancellation_filtering; }},
    {"priority-aware, no filtering",
     [](const Queue& q) { return aware(q) && !q.extras.enable_lazy_cancellation_filtering; }},
    {"priority-aware, BATCH_DOWN",
     [](const Queue& q) { return aware(q) && pads(q, TfPaddingPolicy::kBatchDown); }},
    {"priority-aware, MINIMIZE_TPU_COST",
     [](const Queue& q) { return aware(q) && pads(q, TfPaddingPolicy::kMinimizeCost); }},
    {"priority-aware, depth 1",
     [](const Queue& q) { return aware(q) && q.extras.max_queue_depth == 1; }},
    {"priority-aware, two classes too",
     [](const Queue& q) { return aware(q) && q.extras.enable_priority_queue; }},
}};

// Options of the queues that something arrived at.
std::vector<Queue> queues_in_use(const Script& script) {
  const TfSharedOptions& options = script.options;
  std::vector<Queue> queues = options.queues;
  const bool others =
      std::any_of(script.events.begin(), script.events.end(),
                  [&](const OutsideEvent& event) { return event.queue >= options.queues.size(); });
  if (others) {
    queues.push_back({options.max_batch_size, options.batch_timeout_micros,
                      options.max_enqueued_batches, options.extras});
  }
  return queues;
}

// --- gaps between arrivals: each must be that of 1 %
// ------------------------------------------------

struct GapRow {
  std::string_view name;
  bool relative_to_timeout = false;
  bool relative_to_service = false;
  std::int64_t ns = 0;
};
constexpr std::array<GapRow, 9> kGapRows = {{
    {"0", false, false, 0},
    {"1 ns", false, false, 1},
    {"1 us", false, false, 1000},
    {"T - 1 ns", true, false, -1},
    {"T", true, false, 0},
    {"T + 1 ns", true, false, 1},
    {"service - 1 ns", false, true, -1},
    {"service", false, true, 0},
    {"service + 1 ns", false, true, 1},
}};

bool is_gap(const GapRow& row, const Script& script, const Queue& queue, std::int64_t gap) {
  if (row.relative_to_timeout) {
    return queue.batch_timeout_micros > 0 && gap == 1000 * queue.batch_timeout_micros + row.ns;
  }
  if (row.relative_to_service) {
    return std::any_of(
        script.executions.begin(), script.executions.end(), [&](const Execution& execution) {
          return execution.takes.count() > 1 && gap == execution.takes.count() + row.ns;
        });
  }
  return gap == row.ns;
}

std::string line_of(std::string_view name, std::uint64_t count, std::uint64_t of) {
  const std::uint64_t per_mille = of == 0 ? 0 : 1000 * count / of;
  return std::string(name) + " " + std::to_string(count) + " (" + std::to_string(per_mille / 10) +
         "." + std::to_string(per_mille % 10) + " %)\n";
}

std::string_view option_name(std::size_t row) {
  return row < kSchedulerRows.size() ? kSchedulerRows[row].name
                                     : kQueueRows[row - kSchedulerRows.size()].name;
}

}  // namespace

Coverage::Coverage()
    : option_counts_(kSchedulerRows.size() + kQueueRows.size()), gap_counts_(kGapRows.size()) {}

void Coverage::add(const Script& script) {
  const std::vector<Queue> queues = queues_in_use(script);
  for (std::size_t row = 0; row < kSchedulerRows.size(); ++row) {
    option_counts_[row] += kSchedulerRows[row].holds(script.options) ? 1u : 0u;
  }
  for (std::size_t row = 0; row < kQueueRows.size(); ++row) {
    option_counts_[kSchedulerRows.size() + row] +=
        std::any_of(queues.begin(), queues.end(), kQueueRows[row].holds) ? 1u : 0u;
  }
  add_gaps(script);
}

void Coverage::add_gaps(const Script& script) {
  std::size_t requests = 0;
  SimTime previous{};
  for (const OutsideEvent& event : script.events) {
    if (event.kind != EventKind::kArrive) {
      continue;
    }
    const Queue queue = event.queue < script.options.queues.size()
                            ? script.options.queues[event.queue]
                            : Queue{.batch_timeout_micros = script.options.batch_timeout_micros};
    if (requests > 0) {
      for (std::size_t row = 0; row < kGapRows.size(); ++row) {
        gap_counts_[row] +=
            is_gap(kGapRows[row], script, queue, (event.at - previous).count()) ? 1u : 0u;
      }
    }
    previous = event.at;
    ++requests;
  }
  arrival_count_ += requests;
  request_counts_.push_back(requests);
}

std::size_t Coverage::requests_at(std::size_t percent) const {
  std::vector<std::size_t> sorted = request_counts_;
  std::sort(sorted.begin(), sorted.end());
  return sorted.empty() ? 0 : sorted[sorted.size() * percent / 100];
}

std::string Coverage::histogram() const {
  std::string text = std::to_string(scenario_count()) + " scenarios, " +
                     std::to_string(arrival_count_) + " requests; per scenario: 1 % below " +
                     std::to_string(requests_at(1)) + ", half below " +
                     std::to_string(requests_at(50)) + ", 90 % below " +
                     std::to_string(requests_at(90)) + "\n--- scenarios with\n";
  for (std::size_t row = 0; row < option_counts_.size(); ++row) {
    text += line_of(option_name(row), option_counts_[row], scenario_count());
  }
  text += "--- gaps between arrivals\n";
  for (std::size_t row = 0; row < gap_counts_.size(); ++row) {
    text += line_of(kGapRows[row].name, gap_counts_[row], arrival_count_);
  }
  text += "--- reached, times\n";
  for (std::size_t mark = 0; mark < kMarkCount; ++mark) {
    text += std::string(mark_name(mark)) + " " + std::to_string(marks_.count(mark)) + "\n";
  }
  return text;
}

std::string Coverage::shortfalls() const {
  std::string text;
  for (std::size_t row = 0; row < option_counts_.size(); ++row) {
    if (option_counts_[row] * 100 < scenario_count()) {
      text += "in less than 1 % of the scenarios: " + std::string(option_name(row)) + "\n";
    }
  }
  for (std::size_t row = 0; row < gap_counts_.size(); ++row) {
    if (gap_counts_[row] * 100 < arrival_count_) {
      text += "less than 1 % of the gaps: " + std::string(kGapRows[row].name) + "\n";
    }
  }
  for (std::size_t mark = 0; mark < kMarkCount; ++mark) {
    if (marks_.count(mark) * 600 < scenario_count()) {
      text += "less than once in 600 scenarios: " + std::string(mark_name(mark)) + "\n";
    }
  }
  if (requests_at(50) < 40) {
    text += "half of the scenarios have less than 40 requests\n";
  }
  if (requests_at(90) < 200) {
    text += "less than 10 % of the scenarios have 200 requests\n";
  }
  return text;
}

}  // namespace lockstep::full_reference
