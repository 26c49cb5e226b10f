#include "gpu_backend/measure.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/check.h"
#include "gpu_backend/batch_runner.h"
#include "gpu_backend/contention.h"
#include "gpu_backend/model_data.h"
#include "gpu_backend/real_runtime.h"
#include "gpu_backend/served_batches.h"

namespace lockstep {
namespace {

constexpr int kWarmUp = 3;          // batches of each size that are not counted
constexpr std::size_t kBlock = 10;  // batches of a size before it is the next one's turn
constexpr std::size_t kWokenOfABlock = 2;
constexpr std::uint32_t kWakeTrim = 10;  // %: a difference of two means, of few batches
constexpr std::uint32_t kPerLane = 8;    // batches of each lane in a round with several lanes
constexpr std::size_t kRounds = 15;
constexpr std::int64_t kShareOfServed = 5;         // of the time limit: one part in so many
constexpr std::size_t kSizesWhateverTheLimit = 2;  // with several lanes
constexpr std::uint64_t kMostReferenceWeights = std::uint64_t{1} << 24;  // else it takes minutes
constexpr int kClockLooks = 1'000;

// The shortest time between two looks at the clock that differ.
SimDuration step_of(const Clock& clock) {
  SimDuration step = SimDuration::max();
  SimTime before = clock.now();
  for (int look = 0; look < kClockLooks; ++look) {
    const SimTime now = clock.now();
    step = now > before ? std::min(step, now - before) : step;
    before = now;
  }
  return step == SimDuration::max() ? SimDuration{0} : step;
}

}  // namespace

void StageSamples::sort() {
  sorted = in_order;
  std::sort(sorted.begin(), sorted.end());
}

SimDuration Measurement::wake() const {
  std::vector<std::int64_t> longer;
  for (const SizeMeasurement& size : sizes) {
    if (!size.woken.sorted.empty()) {
      longer.push_back(size.woken.trimmed_mean(kWakeTrim) - size.lane.trimmed_mean(kWakeTrim));
    }
  }
  std::sort(longer.begin(), longer.end());
  return SimDuration{longer.empty() ? 0
                                    : std::max<std::int64_t>(longer[(longer.size() - 1) / 2], 0)};
}

std::int64_t StageSamples::trimmed_mean(std::uint32_t percent) const {
  const std::size_t cut = sorted.size() < 3 ? 0 : (sorted.size() * percent + 99) / 100;
  const auto count = static_cast<std::int64_t>(sorted.size() - 2 * cut);
  if (count == 0) {
    return 0;
  }
  const auto first = sorted.begin() + static_cast<std::ptrdiff_t>(cut);
  return (std::accumulate(first, first + count, std::int64_t{0}) + count / 2) / count;
}

namespace {

class MeasuringRun {
 public:
  MeasuringRun(Device& device, const ModelSpec& model, const Clock& clock,
               const MeasureOptions& options)
      : device_(device),
        clock_(clock),
        options_(options),
        start_(clock.now()),
        runner_(device, model, clock, options.patience) {
    LOCKSTEP_CHECK(!options.sizes.empty());
    result_.device = device.name();
    result_.model = model_text(model);
    result_.time_error = device.time_error();
    result_.clock_step = step_of(clock);
    const std::uint64_t weights = std::uint64_t{model.width} * model.width * model.depth;
    const bool quick = model.kind != ModelKind::kMlp || weights <= kMostReferenceWeights;
    if (options.compare_outputs && quick && model.kind != ModelKind::kUser) {
      reference_.emplace(model);
      result_.outputs_compared = true;
    }
  }

  [[nodiscard]] Result<Measurement> run() {
    const bool has_lanes = device_.lane_count() > 1;
    // A third of the time is for the lanes together.
    isolated_end_ = after(start_, has_lanes ? options_.time_limit * 2 / 3 : options_.time_limit);
    if (Result<void> measured = measure_sizes(); !measured) {
      return tl::unexpected(measured.error());
    }
    if (has_lanes) {
      if (Result<void> measured = measure_lanes(); !measured) {
        return tl::unexpected(measured.error());
      }
    }
    return std::move(result_);
  }

 private:
  [[nodiscard]] Result<void> check_interrupt() const {
    if (options_.interrupted && options_.interrupted()) {
      return tl::unexpected(Error{Errc::kInterrupted, "interrupted"});
    }
    return {};
  }

  // The first batch of a size, and those that warm up.
  [[nodiscard]] Result<void> begin(SizeMeasurement& size) {
    const Result<AloneTimes> first =
        reference_ ? runner_.run_and_compare(size.rows, *reference_) : runner_.run_alone(size.rows);
    if (!first) {
      return tl::unexpected(first.error());
    }
    size.cold = first->stages;
    for (int batch = 0; batch < kWarmUp; ++batch) {
      if (const Result<AloneTimes> warm = runner_.run_alone(size.rows); !warm) {
        return tl::unexpected(warm.error());
      }
    }
    return {};
  }

  [[nodiscard]] Result<void> run_block(SizeMeasurement& size) {
    for (std::size_t batch = 0; batch < kBlock; ++batch) {
      const Result<AloneTimes> alone = runner_.run_alone(size.rows);
      if (!alone) {
        return tl::unexpected(alone.error());
      }
      const StageTimes& times = alone->stages;
      const SimTime from = times.occupied_from();
      size.to_device.in_order.push_back(ns_of(times.compute_from - from));
      size.compute.in_order.push_back(ns_of(times.to_host_from - times.compute_from));
      size.to_host.in_order.push_back(ns_of(times.finished - times.to_host_from));
      size.whole.in_order.push_back(ns_of(times.finished - from));
      // A device with a clock of its own may be off by its time_error().
      const SimDuration beyond = alone->lane - (times.finished - from);
      size.host.in_order.push_back(std::max<std::int64_t>(beyond.count(), 0));
      size.lane.in_order.push_back(alone->lane.count());
    }
    for (std::size_t batch = 0; batch < kWokenOfABlock && options_.wait; ++batch) {
      options_.wait(options_.pause);
      const Result<AloneTimes> woken = runner_.run_alone(size.rows);
      if (!woken) {
        return tl::unexpected(woken.error());
      }
      size.woken.in_order.push_back(woken->lane.count());
    }
    size.whole.sort();
    size.interval = median_interval(size.whole.sorted, options_.confidence);
    const std::int64_t median = size.whole.quantile(500'000);
    size.sure = size.whole.sorted.size() >= options_.min_repetitions && size.interval &&
                median > 0 && half_width(*size.interval, median) <= options_.within;
    return check_interrupt();
  }

  [[nodiscard]] Result<void> measure_sizes() {
    for (const std::uint32_t rows : options_.sizes) {
      result_.sizes.push_back({.rows = rows});
      if (Result<void> begun = begin(result_.sizes.back()); !begun) {
        return begun;
      }
    }
    bool more = true;
    for (std::size_t round = 0; more; ++round) {
      more = false;
      for (SizeMeasurement& size : result_.sizes) {
        const bool enough = size.sure || size.whole.sorted.size() >= options_.max_repetitions;
        if (enough || (round > 0 && clock_.now() >= isolated_end_)) {
          continue;
        }
        if (Result<void> block = run_block(size); !block) {
          return block;
        }
        more = true;
      }
    }
    for (SizeMeasurement& size : result_.sizes) {
      size.to_device.sort();
      size.compute.sort();
      size.to_host.sort();
      size.host.sort();
      size.lane.sort();
      size.woken.sort();
      size.disturbance = find_disturbance(size.whole.in_order);
    }
    return {};
  }

  // Rounds with `lanes` lanes busy; `slow_down`: of 2, 3, ... up to one lane fewer.
  [[nodiscard]] Result<LanesMeasurement> run_rounds(const SizeMeasurement& size,
                                                    std::uint32_t lanes, SimTime end,
                                                    const std::vector<std::uint32_t>& slow_down) {
    LanesMeasurement measured{.rows = size.rows, .lanes = lanes};
    const SimDuration alone{size.compute.quantile(500'000)};
    std::vector<std::int64_t> factors;
    std::vector<std::int64_t> rates;
    std::vector<std::int64_t> overlaps;
    std::vector<std::int64_t> busy;
    for (std::size_t round = 0; round < kRounds && (round == 0 || clock_.now() < end); ++round) {
      const Result<std::vector<StageTimes>> batches =
          runner_.run_together(lanes, kPerLane, size.rows);
      if (!batches) {
        return tl::unexpected(batches.error());
      }
      SimTime from = kForever;
      SimTime to{};
      for (const StageTimes& batch : *batches) {
        from = std::min(from, batch.to_device_from);
        to = std::max(to, batch.finished);
        measured.compute.in_order.push_back(ns_of(batch.to_host_from - batch.compute_from));
      }
      measured.batches += batches->size();
      const double seconds = static_cast<double>(std::max<std::int64_t>(ns_of(to - from), 1)) / 1e9;
      rates.push_back(static_cast<std::int64_t>(static_cast<double>(batches->size()) *
                                                static_cast<double>(size.rows) / seconds));
      const std::vector<SimDuration> by_count = time_by_count(*batches);
      overlaps.push_back(overlap_share(by_count));
      busy.push_back(busy_share(by_count, to - from));
      const auto factor =
          lanes > 1 ? next_slow_down(*batches, alone, slow_down) : std::optional<std::uint32_t>{};
      if (factor) {
        factors.push_back(*factor);
      }
      if (Result<void> going = check_interrupt(); !going) {
        return tl::unexpected(going.error());
      }
    }
    for (std::vector<std::int64_t>* values : {&factors, &rates, &overlaps, &busy}) {
      std::sort(values->begin(), values->end());
    }
    measured.compute.sort();
    measured.rows_per_second = static_cast<std::uint64_t>(sample_quantile(rates, 500'000));
    measured.overlap = static_cast<std::uint32_t>(sample_quantile(overlaps, 500'000));
    measured.busy = static_cast<std::uint32_t>(sample_quantile(busy, 500'000));
    // Of more than half of the rounds: an odd one may have been enough for a number.
    if (2 * factors.size() > rates.size()) {
      measured.slow_down = static_cast<std::uint32_t>(sample_quantile(factors, 500'000));
      measured.interval = median_interval(factors, options_.confidence);
    }
    return measured;
  }

  // The largest and the smallest size first: those are measured whatever the time limit.
  [[nodiscard]] Result<void> measure_lanes() {
    std::vector<const SizeMeasurement*> sizes = {&result_.sizes.back()};
    for (std::size_t i = 0; i + 1 < result_.sizes.size(); ++i) {
      sizes.push_back(&result_.sizes[i]);
    }
    const SimTime start = clock_.now();
    const SimTime end = std::max(start, after(start_, options_.time_limit));
    const auto count = static_cast<std::int64_t>(sizes.size()) * device_.lane_count();
    std::int64_t turn = 0;
    for (std::size_t i = 0; i < sizes.size() && (i < kSizesWhateverTheLimit || clock_.now() < end);
         ++i) {
      std::vector<std::uint32_t> slow_down;
      for (std::uint32_t lanes = 1; lanes <= device_.lane_count(); ++lanes) {
        ++turn;
        Result<LanesMeasurement> measured =
            run_rounds(*sizes[i], lanes, start + (end - start) * turn / count, slow_down);
        if (!measured) {
          return tl::unexpected(measured.error());
        }
        if (lanes > 1) {
          slow_down.push_back(measured->slow_down.value_or(
              slow_down_without_gain(lanes, slow_down.empty() ? 1'000'000 : slow_down.back())));
        }
        result_.lanes.push_back(std::move(*measured));
      }
    }
    std::stable_sort(result_.lanes.begin(), result_.lanes.end(),
                     [](const auto& one, const auto& other) { return one.rows < other.rows; });
    return {};
  }

  Device& device_;
  const Clock& clock_;
  const MeasureOptions& options_;
  SimTime start_;
  SimTime isolated_end_{};
  BatchRunner runner_;
  std::optional<Reference> reference_;
  Measurement result_;
};

}  // namespace

Result<Measurement> measure(Device& device, const ModelSpec& model, const Clock& clock,
                            const MeasureOptions& options) {
  return MeasuringRun(device, model, clock, options).run();
}

Result<void> measure_served(Device& device, const ModelSpec& model, const SteadyClock& clock,
                            IdleStrategy idle, const MeasureOptions& options,
                            Measurement& measurement) {
  constexpr std::int64_t kFewest = 4;
  constexpr std::int64_t kMost = 200;
  const auto sizes = static_cast<std::int64_t>(measurement.sizes.size());
  const std::int64_t each = ns_of(options.time_limit) / kShareOfServed / sizes;
  for (SizeMeasurement& size : measurement.sizes) {
    const std::int64_t one = std::max<std::int64_t>(size.whole.quantile(500'000), 1);
    RealRuntime runtime(clock, {.idle = idle});
    Result<std::vector<std::int64_t>> host = time_around_stages(
        runtime, [&runtime] { runtime.run(); }, device, model,
        {.rows = size.rows,
         .batches = static_cast<std::uint32_t>(std::clamp(each / one, kFewest, kMost)),
         .patience = options.patience,
         .interrupted = options.interrupted});
    if (!host) {
      return tl::unexpected(host.error());
    }
    if (!host->empty()) {
      size.host.in_order = std::move(*host);
      size.host.sort();
    }
  }
  return {};
}

}  // namespace lockstep
