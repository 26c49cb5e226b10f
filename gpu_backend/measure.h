// Measures a device: how long each stage of a batch takes by its rows, and how much lanes slow each
// other down.
//
// Sizes take turns, a block of batches each, so that a clock that changes its speed meets all of
// them. A size has enough when the interval of the median of its execution (median_interval, at
// `confidence`) is within `within` of it, or at `max_repetitions`; all end with the time limit.
// Each size has at least one block whatever the limit. Each block is followed by batches after a
// pause, as those of a server that is not always busy: waking up is measured by these alone, and
// they count for nothing else. At the end, if the device has lanes, rounds with 1, 2, 3, ...
// lanes kept busy (contention.h), of each size: the largest and the smallest whatever the limit,
// the others while there is time.
//
// Only the clock that is given is read. Single-threaded; nothing else may use the device meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/runtime.h"
#include "gpu_backend/device.h"
#include "gpu_backend/idle_strategy.h"
#include "gpu_backend/model_spec.h"
#include "gpu_backend/sample_statistics.h"
#include "gpu_backend/steady_clock.h"

namespace lockstep {

struct MeasureOptions {
  std::vector<std::uint32_t> sizes;     // rows, rising, at least one
  std::uint32_t confidence = 950'000;   // per million
  std::uint32_t within = 10'000;        // of the median, per million
  std::size_t min_repetitions = 20;     // of a size, however alike its batches are
  std::size_t max_repetitions = 5'000;  // of a size
  SimDuration time_limit{60'000'000'000};
  SimDuration patience{60'000'000'000};  // with one batch
  bool compare_outputs = true;           // the first batch of each size, with the reference
  std::function<bool()> interrupted{};   // asked between blocks; empty: never
  // Lets so much time pass without using the device; empty: how long it takes to wake up is not
  // measured. `pause` is how long it is left alone before that.
  std::function<void(SimDuration)> wait{};
  SimDuration pause{1'000'000};
};

// One stage at one size, in ns.
struct StageSamples {
  std::vector<std::int64_t> in_order;
  std::vector<std::int64_t> sorted;
  void sort();  // in_order, into `sorted`
  // Of all but so many percent at either end, rounded up (of fewer than three: of all), to the
  // nearest ns. As one figure it says more than the median where times fall into two groups or have
  // a tail: at saturation a lane is as slow as its mean. An odd batch does not move it.
  [[nodiscard]] std::int64_t trimmed_mean(std::uint32_t percent = 1) const;
  [[nodiscard]] std::int64_t quantile(std::uint32_t per_million) const {
    return sample_quantile(sorted, per_million);
  }
};

struct SizeMeasurement {
  std::uint32_t rows = 0;
  StageTimes cold{};  // the first batch of this size
  StageSamples to_device{};
  StageSamples compute{};
  StageSamples to_host{};
  StageSamples whole{};  // device_time(): the three together
  // What the lane was occupied for beyond that: by the bare loop, until measure_served() has it
  // from the live server.
  StageSamples host{};
  StageSamples lane{};                       // whole + host, right after another batch
  StageSamples woken{};                      // the same after a pause of the device
  std::optional<SampleInterval> interval{};  // of the median of `whole`
  bool sure = false;                         // the interval is as narrow as was asked for
  Disturbance disturbance{};                 // of `whole`
};

struct LanesMeasurement {
  std::uint32_t rows = 0;
  std::uint32_t lanes = 0;  // kept busy; 1: batches one after another, without a pause
  std::size_t batches = 0;
  StageSamples compute{};             // of each batch, as it was slowed down
  std::uint64_t rows_per_second = 0;  // median of the rounds
  std::uint32_t overlap = 0;          // overlap_share, median of the rounds
  std::uint32_t busy = 0;             // share of the rounds with a batch in compute, median
  // s(lanes) in millionths, median of the rounds; of more than one lane
  std::optional<std::uint32_t> slow_down{};
  std::optional<SampleInterval> interval{};  // of that median
};

struct Measurement {
  std::string device;
  std::string model;
  SimDuration time_error{0};
  SimDuration clock_step{0};  // the shortest time that the clock can tell
  bool outputs_compared = false;
  std::vector<SizeMeasurement> sizes;
  std::vector<LanesMeasurement> lanes;  // by size, then lanes; empty: the device has one

  // What a batch takes longer after a pause: the middle one of the sizes; 0: no longer.
  [[nodiscard]] SimDuration wake() const;
};

// Errors: kNoVerdict (batch_runner.h), kInterrupted.
[[nodiscard]] Result<Measurement> measure(Device& device, const ModelSpec& model,
                                          const Clock& clock, const MeasureOptions& options);

// `host` of each size, by the live server in the place of the bare loop (served_batches.h): what a
// simulation of that server needs. As long as a fifth of the time limit for all sizes, but some
// batches of each. `clock` is the device's. Errors: as of measure().
[[nodiscard]] Result<void> measure_served(Device& device, const ModelSpec& model,
                                          const SteadyClock& clock, IdleStrategy idle,
                                          const MeasureOptions& options, Measurement& measurement);

}  // namespace lockstep
