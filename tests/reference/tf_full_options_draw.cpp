#include "tests/reference/tf_full_options_draw.h"

#include <algorithm>
#include <vector>

namespace lockstep::full_reference {
namespace {

std::vector<std::int64_t> draw_sizes(Dice& dice, std::int64_t limit) {
  std::vector<std::int64_t> sizes;
  const std::int64_t style = dice.below(4);
  if (style == 0) {  // 1, 2, 4, ..., the last past the limit: never used by the policies
    for (std::int64_t size = 1; size <= 2 * limit; size *= 2) {
      sizes.push_back(size);
    }
  } else if (style == 1) {
    sizes.push_back(limit);
  } else {
    for (std::int64_t size = dice.between(1, 2); size <= limit;
         size += dice.between(1, 1 + limit / 2)) {
      sizes.push_back(size);
    }
  }
  return sizes;
}

void draw_padding(Dice& dice, const Features& on, std::int64_t limit, TfQueueExtras& extras) {
  if (on.allowed_sizes && !dice.one_in(4)) {
    extras.allowed_batch_sizes = draw_sizes(dice, limit);
  }
  extras.disable_padding = dice.one_in(8);
  if (on.padding_policies) {
    extras.batch_padding_policy = static_cast<TfPaddingPolicy>(dice.pick<5>({0, 1, 1, 2, 2}));
  }
  if (on.known_costs) {
    // Nearly in proportion: padding up may cost less than a smaller batch, as much, or more.
    for (const std::int64_t size : extras.allowed_batch_sizes) {
      const std::int64_t cost = std::max<std::int64_t>(size - 1 + dice.below(3), 1);
      extras.batch_costs.push_back({static_cast<std::uint32_t>(size), SimDuration{1000 * cost}});
      if (dice.one_in(6)) {
        extras.batch_costs.pop_back();  // never seen
      }
    }
  }
}

std::int64_t draw_timeout(Dice& dice, std::int64_t base) {
  return dice.one_in(2) ? base : dice.pick<6>({0, 1, base / 2, base + 1, 2 * base, 7});
}

void draw_low(Dice& dice, const Features& on, const TfQueueOptions& queue, std::int64_t limit,
              TfLowPriorityOptions& low) {
  low.max_execution_batch_size = dice.pick<7>(
      {0, 1, std::max<std::int64_t>(limit / 2, 1), limit, limit, limit + 2, 2 * limit});
  low.batch_timeout_micros = draw_timeout(dice, queue.batch_timeout_micros);
  low.max_enqueued_batches = dice.pick<6>({0, 1, 2, 3, 10, 100});
  if (on.low_sizes) {
    low.allowed_batch_sizes = draw_sizes(dice, limit);
  }
}

TfQueueOptions draw_queue(Dice& dice, const Features& on, std::int64_t base_timeout) {
  TfQueueOptions queue;
  TfQueueExtras& extras = queue.extras;
  queue.max_batch_size = dice.pick<8>({1, 2, 3, 4, 8, 10, 16, 32});
  queue.batch_timeout_micros = draw_timeout(dice, base_timeout);
  queue.max_enqueued_batches = dice.pick<6>({0, 1, 2, 3, 5, 100});
  // Ignored without splitting, and then often below what it may be with it.
  extras.max_execution_batch_size = dice.pick<3>({0, 5, 1000});
  std::int64_t limit = queue.max_batch_size;
  if (on.splitting && !dice.one_in(4)) {
    extras.enable_large_batch_splitting = true;
    queue.max_enqueued_batches = std::max<std::int64_t>(queue.max_enqueued_batches, 1);
    limit = dice.pick<4>({queue.max_batch_size, (queue.max_batch_size + 1) / 2,
                          (queue.max_batch_size + 4) / 5, dice.between(1, queue.max_batch_size)});
    limit = on.far_splitting ? (queue.max_batch_size + 5) / 6 : limit;
    extras.max_execution_batch_size = limit;
  }
  draw_padding(dice, on, limit, extras);
  extras.enable_priority_queue = on.two_classes && !dice.one_in(4);
  draw_low(dice, on, queue, limit, extras.low);
  extras.mixed_priority_batching_policy = static_cast<TfMixedPolicy>(dice.below(4));
  extras.max_queue_depth =
      dice.pick<7>({1, 2, 5, limit, queue.max_batch_size, 3 * queue.max_batch_size + 1, 100});
  if (on.far_splitting) {
    extras.max_queue_depth = std::max(extras.max_queue_depth, queue.max_batch_size);
  }
  extras.enable_task_resplit = dice.one_in(2);
  extras.enable_lazy_cancellation_filtering = dice.one_in(2);
  if (on.priority_aware && dice.one_in(2)) {
    extras.enable_priority_aware_batch_scheduler = true;
    extras.mixed_priority_batching_policy = TfMixedPolicy::kPadToMaximum;
  }
  return queue;
}

}  // namespace

Features draw_features(Dice& dice) {
  Features on;
  for (bool* feature :
       {&on.listed_queues, &on.splitting, &on.allowed_sizes, &on.padding_policies, &on.known_costs,
        &on.two_classes, &on.low_sizes, &on.priority_aware, &on.client_timeouts, &on.rank,
        &on.closing, &on.probes, &on.failures, &on.device_waits, &on.stall}) {
    *feature = dice.one_in(2);
  }
  // Some features meet only in each other's company.
  switch (dice.below(6)) {
    case 0:
      on.allowed_sizes = true;
      on.padding_policies = true;
      on.failures = false;
      break;
    case 1:
      on.splitting = true;
      on.far_splitting = true;
      on.priority_aware = true;
      on.client_timeouts = true;
      on.stall = true;
      break;
    case 2:
      on.two_classes = true;
      on.priority_aware = false;
      break;
    default:
      break;
  }
  return on;
}

TfSharedOptions draw_options(Dice& dice, const Features& on) {
  TfSharedOptions options;
  const std::int64_t base_timeout = dice.pick<6>({0, 1, 5, 10, 50, 1000});
  const TfQueueOptions others = draw_queue(dice, on, base_timeout);
  options.max_batch_size = others.max_batch_size;
  options.batch_timeout_micros = base_timeout;
  options.max_enqueued_batches = others.max_enqueued_batches;
  options.extras = others.extras;
  options.num_batch_threads = dice.pick<6>({1, 1, 2, 3, 4, 7});
  options.rank_queues = on.rank;
  if (on.listed_queues) {
    const std::int64_t count = dice.between(1, 4);
    for (std::int64_t i = 0; i < count; ++i) {
      options.queues.push_back(draw_queue(dice, on, base_timeout));
    }
  }
  return options;
}

TfQueueOptions other_queues(const TfSharedOptions& options) {
  return {options.max_batch_size, options.batch_timeout_micros, options.max_enqueued_batches,
          options.extras};
}

void plant_defect(Dice& dice, TfSharedOptions& options) {
  const std::int64_t defect = dice.below(9);
  if (defect == 0) {
    options.num_batch_threads = -dice.below(2);
    return;
  }
  TfQueueOptions queue = other_queues(options);
  TfQueueExtras& extras = queue.extras;
  extras.enable_priority_aware_batch_scheduler = defect >= 7;
  extras.enable_large_batch_splitting = defect >= 4 && defect <= 6;
  queue.max_enqueued_batches = std::max<std::int64_t>(queue.max_enqueued_batches, 1);
  extras.max_execution_batch_size = 1;
  extras.mixed_priority_batching_policy = TfMixedPolicy::kPadToMaximum;
  switch (defect) {
    case 1:
    case 2:
      queue.max_batch_size = 0;
      break;
    case 3:
      queue.batch_timeout_micros = -1 - dice.below(2);
      break;
    case 4:
      queue.max_enqueued_batches = 0;
      break;
    case 5:
      extras.max_execution_batch_size = queue.max_batch_size + 1;
      break;
    case 6:
      extras.max_execution_batch_size = 0;
      break;
    case 7:
      extras.max_queue_depth = 0;
      break;
    default:
      extras.mixed_priority_batching_policy = static_cast<TfMixedPolicy>(dice.between(1, 3));
  }
  if (options.queues.empty()) {
    options.max_batch_size = queue.max_batch_size;
    options.batch_timeout_micros = queue.batch_timeout_micros;
    options.max_enqueued_batches = queue.max_enqueued_batches;
    options.extras = extras;
  } else {
    options.queues[static_cast<std::size_t>(
        dice.below(static_cast<std::int64_t>(options.queues.size())))] = queue;
  }
}

}  // namespace lockstep::full_reference
