#include "properties/bound/worst_case.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "properties/checkers/domain.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kSlowestDraw = UINT64_MAX;

std::string reason_without_bound(const RunRules& rules, const DeviceDescription& device) {
  if (!is_scheduler(rules, "tf-shared")) {
    return rules.scheduler +
           " has none: the bound is of the shared scheduler, whose queues hold few batches and "
           "take turns";
  }
  if (retries(rules)) {
    return "with the retrier a refused request is overtaken while it waits outside (TF 2.15)";
  }
  if (rules.flag("rank_queues")) {
    return "rank_queues does not take turns: the queue of the oldest request goes first (TF 2.4)";
  }
  if (!rules.promises.fifo_per_queue) {
    return "with priorities, whoever is less critical may wait for ever (TF 2.7, 2.11)";
  }
  bool any_trims = trims(rules.other_queues);
  for (const QueueRules& queue : rules.queues) {
    any_trims = any_trims || trims(queue);
  }
  if (any_trims) {
    return "the padding policy sends requests back to the open batch, any number of times (TF 2.8)";
  }
  if (device.first_batch > SimDuration{0}) {
    return "the first batch of a model takes longer (first=): warm the models up, and leave it out";
  }
  return {};
}

// TF 2.9: what a batch of `rows` is executed as.
std::uint32_t padded_to(const QueueRules& queue, std::int64_t rows) {
  const auto next = std::lower_bound(queue.allowed_sizes.begin(), queue.allowed_sizes.end(), rows);
  return static_cast<std::uint32_t>(next == queue.allowed_sizes.end() ? rows : *next);
}

// Copies, the host's part, waking the GPU: whatever a batch takes beside its compute.
SimDuration copy_time(const DeviceDescription& device, std::uint32_t rows) {
  SimDuration time = device.wake;
  for (const SideCurve& side : kSideCurves) {
    if (const std::optional<ServiceCurve>& curve = device.*side.curve) {
      time += curve->time(rows, kSlowestDraw);
    }
  }
  return time;
}

// Of one batch alone on its GPU.
SimDuration execution_time(const DeviceDescription& device, std::uint32_t rows) {
  std::int64_t compute = device.compute.time(rows, kSlowestDraw).count();
  if (!device.jitter.empty()) {
    // Rounded up: the device rounds to the nearest nanosecond.
    const std::int64_t factor = device.jitter.points().back().value;
    compute = compute / 1'000'000 * factor + (compute % 1'000'000 * factor + 999'999) / 1'000'000;
  }
  return SimDuration{compute} + copy_time(device, rows);
}

// How many times as long a batch takes while all `at_once` lanes of its GPU are at work.
std::int64_t slow_down_millionths(const ComputeSharing& sharing, std::int64_t at_once) {
  std::int64_t most = 1'000'000;
  for (std::int64_t count = 2; count <= at_once; ++count) {
    most =
        std::max(most, sharing.kind == Sharing::kEqual
                           ? count * 1'000'000
                           : std::int64_t{sharing.slow_down[static_cast<std::size_t>(count) - 2]});
  }
  return most;
}

struct Longest {
  SimDuration full{0};       // C
  SimDuration underfull{0};  // C_u
  std::uint32_t rows = 1;
};

void look_at(const QueueRules& queue, const DeviceDescription& device, Longest& longest) {
  std::uint32_t seen = 0;
  for (std::int64_t rows = 1; rows <= *queue.batch_rows_max; ++rows) {
    const std::uint32_t executed = padded_to(queue, rows);
    if (executed == seen && rows < *queue.batch_rows_max) {
      continue;  // padded to the same size
    }
    seen = executed;
    const SimDuration time = execution_time(device, executed);
    if (time > longest.full) {
      longest.full = time;
      longest.rows = executed;
    }
    if (rows < *queue.batch_rows_max) {
      longest.underfull = std::max(longest.underfull, time);
    }
  }
}

}  // namespace

WorstCase worst_case(const RunRules& rules, const DeviceDescription& device,
                     std::uint32_t gpu_count, std::uint32_t queue_count) {
  WorstCase worst;
  worst.no_bound = reason_without_bound(rules, device);
  if (!worst.no_bound.empty()) {
    return worst;
  }
  const std::vector<QueueRules> queues =
      rules.queues.empty() ? std::vector{rules.other_queues} : rules.queues;
  Longest longest;
  for (const QueueRules& queue : queues) {
    look_at(queue, device, longest);
  }
  const std::int64_t lanes = rules.lane_count;
  std::int64_t devices = std::min<std::int64_t>(lanes, gpu_count);
  worst.longest_rows = longest.rows;
  worst.copies = copy_time(device, longest.rows);
  if (device.sharing.kind != Sharing::kSerial && devices < lanes) {
    // Each lane for itself, at the speed that is left while all of its GPU are at work.
    const std::int64_t factor =
        slow_down_millionths(device.sharing, (lanes + devices - 1) / devices);
    const auto slowed = [&](SimDuration time) {
      return SimDuration{time.count() / 1'000'000 * factor +
                         (time.count() % 1'000'000 * factor + 999'999) / 1'000'000 + lanes};
    };
    longest.full = slowed(longest.full);
    longest.underfull = slowed(longest.underfull);
    devices = lanes;
    worst.shares_compute = true;
  }
  for (std::uint32_t i = 0; i < queues.size(); ++i) {
    const QueueRules& queue = queues[i];
    const bool always_full = *queue.batch_rows_max == 1;
    const LatencyBoundInputs inputs{.lanes = lanes,
                                    .devices = devices,
                                    .queues = queue_count,
                                    .batches_max = std::max<std::int64_t>(*queue.batches_max, 1),
                                    .timeout = always_full ? SimDuration{0} : *queue.timeout,
                                    .batch_max = longest.full,
                                    .underfull_max = always_full ? longest.full : longest.underfull,
                                    .poll = poll_interval(rules)};
    const LatencyBound bound = latency_bound(inputs);
    if (i == 0 || bound.value() > worst.bound.value()) {
      worst.inputs = inputs;
      worst.bound = bound;
      worst.queue = i;
      worst.rows_max = static_cast<std::uint32_t>(*queue.batch_rows_max);
    }
  }
  return worst;
}

}  // namespace lockstep
