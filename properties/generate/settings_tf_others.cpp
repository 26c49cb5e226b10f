// The options of the other registered schedulers.
#include <algorithm>

#include "properties/generate/settings.h"

namespace lockstep {
namespace {

std::int64_t draw_batch_size(Draws& draws) {
  return draws.one_in(48) ? 1000 : draws.pick<12>({1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 16, 32});
}

void draw_boost(Draws& draws, const CaseShape& shape, OptionValues& options) {
  if (draws.one_in(2)) {
    const std::int64_t base = shape.base_time_us;
    set_option(options, "full_batch_scheduling_boost_micros",
               draws.pick<6>({0, 1, base, 2 * base, 10 * base, 100 * base}));
  }
}

OptionValues draw_adaptive_queue(Draws& draws, const CaseShape& shape, bool own) {
  OptionValues queue;
  const std::int64_t size = draw_batch_size(draws);
  set_option(queue, "max_batch_size", size);
  set_option(queue, "batch_timeout_micros", draw_timeout_us(draws, shape));
  set_option(queue, "max_enqueued_batches", draws.pick<7>({1, 1, 2, 3, 5, 100, INT32_MAX}));
  if (own || draws.one_in(3)) {
    set_option(queue, "max_input_task_size",
               draws.pick<5>({0, size, size + 1, 2 * size, 5 * size}));
  }
  if (own || draws.one_in(3)) {
    set_option(queue, "max_tasks_per_batch", draws.pick<6>({0, 1, 2, 3, size, size + 1}));
  }
  if (shape.has(Feature::kSplitting)) {
    queue.emplace_back("enable_large_batch_splitting", draws.one_in(4) ? "false" : "true");
  }
  return queue;
}

// Small windows, or the limit never moves in a short run.
std::int64_t draw_window(Draws& draws) {
  return draws.pick<6>({1, 2, 3, 5, 10, 1000});
}

}  // namespace

void draw_tf_adaptive(Draws& draws, const CaseShape& shape, DrawnSettings& settings) {
  settings.options = draw_adaptive_queue(draws, shape, false);
  const std::int64_t queues = draw_queue_count(draws, shape);
  for (std::int64_t i = 0; i < queues; ++i) {
    settings.queues.push_back(draw_adaptive_queue(draws, shape, true));
  }
  draw_lanes(draws, settings);
  const auto lanes = static_cast<std::int64_t>(settings.lane_count);
  const std::int64_t least = draws.one_in(2) ? 1 : draws.between(1, lanes);
  const std::int64_t initial = draws.between(least, lanes);
  set_option(settings.options, "min_in_flight_batches_limit", least);
  // With a fraction the limit is a matter of chance (TF 3.1).
  const bool fraction = initial < lanes && draws.one_in(3);
  settings.options.emplace_back(
      "initial_in_flight_batches_limit",
      std::to_string(initial) + (fraction ? (draws.one_in(2) ? ".5" : ".2") : ""));
  set_option(settings.options, "batches_to_average_over", draw_window(draws));
  draw_boost(draws, shape, settings.options);
  if (shape.has(Feature::kRanking)) {  // the swarm's bit for another order of queues
    set_flag(settings.options, "fifo_scheduling");
  }
  draw_retrier(draws, shape, settings.options);
}

void draw_tf_serial_device(Draws& draws, const CaseShape& shape, DrawnSettings& settings) {
  const auto draw_queue = [&](OptionValues& queue) {
    set_option(queue, "max_batch_size", draw_batch_size(draws));
    set_option(queue, "max_enqueued_batches", draws.pick<6>({1, 1, 2, 3, 5, 100}));
  };
  draw_queue(settings.options);
  const std::int64_t queues = draw_queue_count(draws, shape);
  for (std::int64_t i = 0; i < queues; ++i) {
    draw_queue(settings.queues.emplace_back());
  }
  draw_lanes(draws, settings);
  set_option(settings.options, "initial_in_flight_batches_limit",
             draws.between(1, static_cast<std::int64_t>(settings.lane_count)));
  if (draws.one_in(2)) {
    static constexpr std::array<const char*, 5> kTargets = {"0.5", "1", "1.5", "3", "100"};
    settings.options.emplace_back("target_pending",
                                  kTargets[static_cast<std::size_t>(draws.below(kTargets.size()))]);
  }
  set_option(settings.options, "batches_to_average_over", draw_window(draws));
  draw_boost(draws, shape, settings.options);
  draw_retrier(draws, shape, settings.options);
}

void draw_tf_streaming(Draws& draws, const CaseShape& shape, DrawnSettings& settings) {
  set_option(settings.options, "max_batch_size", draw_batch_size(draws));
  set_option(settings.options, "batch_timeout_micros", draw_timeout_us(draws, shape));
  const std::int64_t base = shape.base_time_us;
  if (!draws.one_in(4)) {  // else the default: 1,000 us
    set_option(settings.options, "no_tasks_wait_time_micros",
               draws.pick<5>({0, 1, base, base / 2, 2 * base}));
  }
  draw_lanes(draws, settings);
  draw_retrier(draws, shape, settings.options);
}

void draw_tf_jit(Draws& draws, const CaseShape& shape, DrawnSettings& settings) {
  set_option(settings.options, "max_batch_size", draw_batch_size(draws));
  if (!draws.one_in(5)) {
    set_option(settings.options, "max_queue_size", draws.pick<8>({1, 1, 2, 3, 5, 8, 20, 100}));
  }
  if (draws.one_in(2)) {
    set_option(settings.options, "max_ready_batches", draws.pick<5>({1, 2, 3, 5, 100}));
  }
  draw_lanes(draws, settings);
  draw_retrier(draws, shape, settings.options);
}

void draw_naive_full_batch(Draws& draws, const CaseShape&, DrawnSettings& settings) {
  set_option(settings.options, "batch_size", draw_batch_size(draws));
  draw_lanes(draws, settings);
}

}  // namespace lockstep
