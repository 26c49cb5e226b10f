// stages.csv of a run directory: when each batch was in which stage of its device.
//
// Live runs have it, and simulated runs of a device with copies or with faults. One row per batch
// that was executed, in any order:
//   batch             ordinal
//   launched_ns       it was handed to the device
//   to_device_from_ns, to_device_to_ns   its input is copied to the device
//   compute_from_ns, compute_to_ns       it computes
//   to_host_from_ns, to_host_to_ns       its output is copied to the host
// Times of the run's log, ns, not decreasing from to_device_from_ns on (the first is the host's
// word, the others are the device's). A stage that a device does not have takes no time. Between
// two stages a batch waits for an engine that works on others; a device whose stages cannot be seen
// apart has no such gaps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace lockstep {

struct StageSpan {
  SimTime from{};
  SimTime to{};
};

struct StageRow {
  std::uint64_t batch = 0;
  SimTime launched{};
  StageSpan to_device{};
  StageSpan compute{};
  StageSpan to_host{};
};

inline constexpr std::string_view kStagesFile = "stages.csv";

// The header row with its line end, and one row with its line end.
[[nodiscard]] std::string stages_header();
void append_stage_row(std::string& text, const StageRow& row);

// Of the run in `directory`, sorted by batch; none when it has no such file. Errors: of the file,
// FILE:LINE:COLUMN; times that decrease; two rows of one batch.
[[nodiscard]] Result<std::vector<StageRow>> load_stages(const std::string& directory);

}  // namespace lockstep
