// A measurement as the device file that `--gpu FILE` reads (sim/device_table.h).
#pragma once

#include <string>

#include "gpu_backend/measure.h"
#include "sim/device_description.h"

namespace lockstep {

// How lanes share the device, by the largest size: one after another where hardly two batches were
// in compute at once, else the table of slow-downs.
[[nodiscard]] ComputeSharing measured_sharing(const Measurement& measurement);

// What makes a figure doubtful, a sentence each: sizes that were disturbed, that are not as sure as
// was asked for, or too short for the clock.
[[nodiscard]] std::vector<std::string> measurement_warnings(const Measurement& measurement,
                                                            const MeasureOptions& options);

// The file: origin and doubts as remarks, sharing and waking as terms, a row for each size with
// quantiles of compute, and of copies and the host's part the trimmed mean (StageSamples).
// What took no time at any size has no column.
[[nodiscard]] std::string device_table_text(const Measurement& measurement,
                                            const MeasureOptions& options);

}  // namespace lockstep
