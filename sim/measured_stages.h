// Times that somebody measured for the stages of a batch, by its rows, as a device.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "sim/device_description.h"

namespace lockstep {

struct MeasuredBatch {
  std::uint32_t rows = 0;
  SimDuration to_device{0};  // 0 for all sizes: there is no such stage
  SimDuration compute{0};
  SimDuration to_host{0};
};

// Tables of the three stages. A copy that took 0 at one size and more at another takes 1 ns there.
// `place` stands in front of errors: no size at all, a size twice, no or too much compute time.
[[nodiscard]] Result<DeviceDescription> device_of_measured(const std::string& place,
                                                           std::vector<MeasuredBatch> batches);

}  // namespace lockstep
