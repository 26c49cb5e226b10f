// The options of tf-shared: every rule of TF 2.1 to 2.11, in every combination that is accepted.
#include <algorithm>
#include <string>

#include "core/limits.h"
#include "properties/generate/settings.h"

namespace lockstep {
namespace {

std::string draw_sizes(Draws& draws, std::int64_t limit) {
  std::string text;
  const auto add = [&](std::int64_t size) {
    text += (text.empty() ? "" : ",") + std::to_string(size);
  };
  const std::int64_t style = draws.below(4);
  if (style == 0) {  // 1, 2, 4, ..., the last past the limit: no batch is that large
    for (std::int64_t size = 1; size <= 2 * limit; size *= 2) {
      add(size);
    }
  } else if (style == 1) {
    add(limit);
  } else {
    std::int64_t size = draws.between(1, 2);
    while (size <= limit) {
      add(size);
      size += draws.between(1, 1 + limit / 2);
    }
  }
  return text;
}

void draw_padding(Draws& draws, const CaseShape& shape, std::int64_t limit, OptionValues& queue) {
  if (!shape.has(Feature::kAllowedSizes)) {
    return;
  }
  if (!draws.one_in(5)) {
    queue.emplace_back("allowed_batch_sizes", draw_sizes(draws, limit));
  }
  const std::int64_t policy = draws.below(5);
  if (policy >= 1) {
    queue.emplace_back(
        "batch_padding_policy",
        policy == 1 ? "BATCH_DOWN" : (policy <= 3 ? "MINIMIZE_TPU_COST_PER_REQUEST" : "PAD_UP"));
  }
  if (draws.one_in(8)) {
    set_flag(queue, "disable_padding");
  }
}

void draw_low_priority(Draws& draws, const CaseShape& shape, std::int64_t limit, bool aware,
                       OptionValues& queue) {
  if (!shape.has(Feature::kPriorityQueue)) {
    return;
  }
  if (!draws.one_in(5)) {
    set_flag(queue, "enable_priority_queue");
  }
  const std::int64_t policy = draws.below(4);
  if (policy > 0 && !aware) {
    queue.emplace_back("mixed_priority_batching_policy",
                       policy == 1 ? "low_priority_padding_with_next_allowed_batch_size"
                                   : (policy == 2 ? "priority_isolation" : "priority_merge"));
  }
  set_option(queue, "low_priority_max_batch_size",
             draws.pick<7>(
                 {0, 1, std::max<std::int64_t>(limit / 2, 1), limit, limit, limit + 2, 2 * limit}));
  set_option(queue, "low_priority_batch_timeout_micros", draw_timeout_us(draws, shape));
  set_option(queue, "low_priority_max_enqueued_batches", draws.pick<6>({0, 1, 2, 3, 10, 100}));
  if (shape.has(Feature::kAllowedSizes) && draws.one_in(2)) {
    queue.emplace_back("low_priority_allowed_batch_sizes", draw_sizes(draws, limit));
  }
}

void draw_priority_aware(Draws& draws, std::int64_t limit, std::int64_t size, OptionValues& queue) {
  set_flag(queue, "enable_priority_aware_batch_scheduler");
  set_option(queue, "max_queue_depth",
             draws.pick<8>({1, 2, 5, limit, size, size + 1, 3 * size + 1, 100}));
  if (draws.one_in(2)) {
    set_flag(queue, "enable_task_resplit");
  }
  if (draws.one_in(2)) {
    set_flag(queue, "enable_lazy_cancellation_filtering");
  }
}

// A whole queue, so that what its options demand of each other holds whatever the others have.
OptionValues draw_queue(Draws& draws, const CaseShape& shape) {
  OptionValues queue;
  const std::int64_t size =
      draws.one_in(48) ? kMaxRequestRows : draws.pick<12>({1, 2, 2, 3, 4, 4, 5, 8, 8, 10, 16, 32});
  set_option(queue, "max_batch_size", size);
  set_option(queue, "batch_timeout_micros", draw_timeout_us(draws, shape));
  const bool splits = shape.has(Feature::kSplitting) && !draws.one_in(4);
  const std::int64_t batches = draws.pick<9>({0, 1, 1, 2, 2, 3, 5, 100, INT32_MAX});
  set_option(queue, "max_enqueued_batches", splits ? std::max<std::int64_t>(batches, 1) : batches);
  std::int64_t limit = size;
  if (splits) {
    set_flag(queue, "enable_large_batch_splitting");
    limit = draws.pick<4>({size, (size + 1) / 2, (size + 4) / 5, draws.between(1, size)});
    set_option(queue, "max_execution_batch_size", limit);
  } else if (draws.one_in(6)) {
    set_option(queue, "max_execution_batch_size", draws.pick<3>({0, 5, 1000}));  // ignored
  }
  draw_padding(draws, shape, limit, queue);
  const bool aware = shape.has(Feature::kPriorityAware) && !draws.one_in(3);
  draw_low_priority(draws, shape, limit, aware, queue);
  if (aware) {
    draw_priority_aware(draws, limit, size, queue);
  }
  return queue;
}

// What `common` sets and `queue` does not would hold for the queue too.
void reset_others(const OptionValues& common, OptionValues& queue) {
  static const OptionValues kDefaults = {
      {"allowed_batch_sizes", ""},
      {"batch_padding_policy", "PAD_UP"},
      {"disable_padding", "false"},
      {"enable_large_batch_splitting", "false"},
      {"enable_priority_queue", "false"},
      {"mixed_priority_batching_policy", "low_priority_padding_with_max_batch_size"},
      {"enable_priority_aware_batch_scheduler", "false"},
      {"enable_task_resplit", "false"},
      {"enable_lazy_cancellation_filtering", "false"}};
  const auto has = [](const OptionValues& values, const std::string& name) {
    return std::any_of(values.begin(), values.end(),
                       [&](const auto& entry) { return entry.first == name; });
  };
  for (const auto& [name, value] : kDefaults) {
    if (has(common, name) && !has(queue, name)) {
      queue.emplace_back(name, value);
    }
  }
}

}  // namespace

void draw_tf_shared(Draws& draws, const CaseShape& shape, DrawnSettings& settings) {
  settings.options = draw_queue(draws, shape);
  const std::int64_t queues = draw_queue_count(draws, shape);
  for (std::int64_t i = 0; i < queues; ++i) {
    OptionValues queue = draw_queue(draws, shape);
    reset_others(settings.options, queue);
    settings.queues.push_back(std::move(queue));
  }
  draw_lanes(draws, settings);
  if (shape.has(Feature::kRanking)) {
    set_flag(settings.options, "rank_queues");
  }
  if (shape.has(Feature::kSession)) {
    set_flag(settings.options, "batching_session");
  }
  if (shape.has(Feature::kPolling)) {
    const std::int64_t base = shape.base_time_us;
    set_option(settings.options, "idle_poll_micros",
               draws.pick<6>({1, 7, base, base + 1, 2 * base, 1000}));
  }
  draw_retrier(draws, shape, settings.options);
}

}  // namespace lockstep
