// A GPU from Triton's per-model statistics: what its executions took on average, by batch size.
//
// The answer of GET v2/models[/MODEL]/stats: model_stats[].batch_stats[] with batch_size and
// compute_input, compute_infer, compute_output, each a count and their summed ns (numbers, or
// digits in a string, as gRPC's JSON has them). Mean of each, rounded half up: compute_input is the
// copy to the device, compute_infer compute, compute_output the copy back. Sizes that were never
// executed are left out. Source of the format: Triton's statistics extension.
// The times hold what was measured: of several instances that shared the GPU, their contention too.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/device_description.h"

namespace lockstep {

// `model`: "NAME" or "NAME:VERSION"; "" when the file has one model with executions only. Errors:
// FILE:LINE:COLUMN of what is no JSON; FILE:1:1 and the path of a field that is missing or wrong;
// several models, by their names.
[[nodiscard]] Result<DeviceDescription> read_triton_statistics(const std::string& file,
                                                               std::string_view text,
                                                               std::string_view model);

}  // namespace lockstep
