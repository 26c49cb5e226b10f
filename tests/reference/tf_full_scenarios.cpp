#include "tests/reference/tf_full_scenarios.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "core/prng.h"
#include "tests/reference/tf_full_options_draw.h"

namespace lockstep::full_reference {
namespace {

// The spans that arrivals are drawn around.
struct Spans {
  std::int64_t timeout_ns = 0;
  std::int64_t service_ns = 0;
};

SimDuration around(Dice& dice, std::int64_t ns) {
  return SimDuration{std::max<std::int64_t>(ns + dice.between(-1, 1), 0)};
}

std::vector<Execution> draw_executions(Dice& dice, const Features& on, const Spans& spans) {
  std::vector<Execution> executions(static_cast<std::size_t>(dice.between(1, 7)));
  for (Execution& execution : executions) {
    const std::int64_t factor = dice.one_in(4) ? 3 : 1;
    execution.takes = around(dice, factor * spans.service_ns);
    if (on.device_waits && dice.one_in(3)) {
      execution.waits = around(dice, spans.service_ns / 2);
    }
    execution.fails = on.failures && dice.one_in(3);
  }
  if (on.stall) {  // everything piles up behind one batch
    executions.front().held_until =
        at_ns(dice.between(1, 20) * std::max(spans.timeout_ns, spans.service_ns));
  }
  return executions;
}

SimDuration draw_gap(Dice& dice, const Spans& spans, std::int64_t pace) {
  switch (dice.below(16)) {
    case 0:
    case 1:
      return around(dice, spans.timeout_ns);
    case 2:
    case 3:
      return around(dice, spans.service_ns);
    case 4:
      return SimDuration{1};
    case 5:
      return SimDuration{1000};
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
      return SimDuration{0};
    case 11:  // whole microseconds: instants that meet again
      return SimDuration{
          1000 * dice.below(1 + std::max(spans.timeout_ns, spans.service_ns) / 1000 / pace)};
    default:
      return SimDuration{dice.below(1 + std::max(spans.timeout_ns, spans.service_ns) / pace)};
  }
}

// Around what decides: limits, rooms, depths.
std::uint32_t draw_rows(Dice& dice, const Features& on, const TfQueueOptions& queue, bool low) {
  const TfQueueExtras& extras = queue.extras;
  const std::int64_t execution =
      extras.enable_large_batch_splitting ? extras.max_execution_batch_size : queue.max_batch_size;
  if (on.far_splitting && dice.one_in(2)) {
    return static_cast<std::uint32_t>(dice.between(1, queue.max_batch_size));
  }
  std::int64_t rows = 1;
  switch (dice.below(20)) {
    case 0:
      rows = queue.max_batch_size + dice.below(2);
      break;
    case 1:
      rows = execution + dice.between(-1, 1);
      break;
    case 2:
      rows = low ? extras.low.max_execution_batch_size + dice.between(-1, 1) : execution;
      break;
    case 3:
      rows = extras.enable_priority_aware_batch_scheduler
                 ? std::min(extras.max_queue_depth + dice.below(2), queue.max_batch_size)
                 : execution;
      break;
    case 4:
    case 5:
      rows = dice.between(1, queue.max_batch_size);
      break;
    case 6:
    case 7:
    case 8:
      rows = dice.between(1, execution);
      break;
    case 9:
    case 10:
      rows = 1;
      break;
    default:
      rows = dice.between(1, std::max<std::int64_t>(execution / 3, 1));
  }
  return static_cast<std::uint32_t>(std::max<std::int64_t>(rows, 1));
}

// How a scenario's requests differ in criticality.
std::uint8_t draw_priority(Dice& dice, std::int64_t style) {
  switch (style) {
    case 0:
      return static_cast<std::uint8_t>(dice.below(5));
    case 1:  // mostly low
      return static_cast<std::uint8_t>(dice.one_in(3) ? dice.below(5) : dice.between(1, 2));
    case 2:  // few low
      return static_cast<std::uint8_t>(dice.one_in(5) ? 1 : 3);
    default:
      return 0;
  }
}

SimDuration draw_client_timeout(Dice& dice, const Spans& spans) {
  switch (dice.below(5)) {
    case 0:
      return SimDuration{0};
    case 1:
      return SimDuration{std::max<std::int64_t>(spans.timeout_ns + dice.between(-1, 1), 1)};
    case 2:
      return SimDuration{std::max<std::int64_t>(spans.service_ns + dice.between(-1, 1), 1)};
    default:
      return SimDuration{1 + dice.below(1 + 3 * std::max(spans.timeout_ns, spans.service_ns))};
  }
}

// Draws the outside events one after the other.
class EventSource {
 public:
  EventSource(Dice& dice, const Features& on, const Spans& spans, Script& script)
      : dice_(dice), on_(on), spans_(spans), script_(script) {
    pace_ = dice.pick<4>({1, 3, 3, 10});
    priority_style_ = dice.below(4);
    queues_max_ = script.options.queues.size() + static_cast<std::size_t>(dice.between(1, 3));
    for (std::uint32_t queue = 0; queue < script.options.queues.size(); ++queue) {
      open_.push_back(queue);
    }
    queues_made_ = static_cast<std::uint32_t>(open_.size());
  }

  void draw(std::size_t request_count) {
    for (std::size_t left = request_count; left > 0; --left) {
      now_ += draw_gap(dice_, spans_, pace_);
      if (on_.probes && !open_.empty() && dice_.one_in(6)) {
        script_.events.push_back(
            {.at = now_, .kind = EventKind::kProbe, .queue = open_[any_place()]});
      }
      if (on_.closing && !open_.empty() && dice_.one_in(20)) {
        const std::size_t place = any_place();
        script_.events.push_back({.at = now_, .kind = EventKind::kClose, .queue = open_[place]});
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(place));
      }
      arrival(choose_queue());
    }
  }

 private:
  [[nodiscard]] std::size_t any_place() {
    return static_cast<std::size_t>(dice_.below(static_cast<std::int64_t>(open_.size())));
  }

  // A new queue is used at once: queues are numbered in the order of their first request.
  [[nodiscard]] std::uint32_t choose_queue() {
    if (open_.empty() || (queues_made_ < queues_max_ && dice_.one_in(12))) {
      open_.push_back(queues_made_);
      return queues_made_++;
    }
    return open_[any_place()];
  }

  void arrival(std::uint32_t queue) {
    const TfSharedOptions& options = script_.options;
    const TfQueueOptions& of_queue =
        queue < options.queues.size() ? options.queues[queue] : other_queues(options);
    OutsideEvent event{.at = now_, .kind = EventKind::kArrive, .queue = queue};
    event.priority = draw_priority(dice_, priority_style_);
    event.rows = draw_rows(dice_, on_, of_queue, event.priority == 1 || event.priority == 2);
    if (on_.client_timeouts) {
      event.timeout = draw_client_timeout(dice_, spans_);
    }
    script_.events.push_back(event);
  }

  Dice& dice_;
  const Features& on_;
  const Spans& spans_;
  Script& script_;
  std::int64_t pace_ = 1;
  std::int64_t priority_style_ = 0;
  std::size_t queues_max_ = 0;
  std::uint32_t queues_made_ = 0;
  std::vector<std::uint32_t> open_;
  SimTime now_{};
};

}  // namespace

Script draw_script(std::uint64_t seed, std::uint64_t number) {
  Dice dice(seed, number);
  const Features on = draw_features(dice);
  Script script;
  script.options = draw_options(dice, on);
  const std::int64_t timeout_ns = 1000 * script.options.batch_timeout_micros;
  const Spans spans{timeout_ns, dice.pick<6>({0, timeout_ns / 5, timeout_ns / 2, timeout_ns,
                                              3 * timeout_ns, 30'000})};
  script.executions = draw_executions(dice, on, spans);
  const bool is_long = dice.one_in(8);
  const std::int64_t requests = is_long ? dice.between(200, 260) : dice.between(25, 75);
  EventSource(dice, on, spans, script).draw(static_cast<std::size_t>(requests));
  if (dice.one_in(20)) {
    plant_defect(dice, script.options);
  }
  return script;
}

}  // namespace lockstep::full_reference
