// The simulated GPU once more, as slow and obvious as possible: one nanosecond after another.
//
// Work is counted in exact fractions, so it also says that the rounding of shared_compute.h hides
// nothing. For tests: a few batches, a few hundred nanoseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace lockstep::reference {

struct DeviceJob {
  std::uint32_t gpu = 0;
  std::int64_t handed_over = 0;  // jobs stand in this order, which is that of their ids, too
  std::int64_t to_device = 0;    // 0: no such stage
  std::int64_t compute = 0;
  std::int64_t to_host = 0;  // 0: no such stage
  std::int64_t host = 0;     // after all of them
};

enum class DeviceSharing : std::uint8_t {
  kSerial,
  kEqual,
  kHalf,  // n at once take (n + 1) / 2 times as long
};

struct DeviceJobEnd {
  std::int64_t at = 0;
  std::int64_t service = 0;  // the time of its stages alone
};

// Of each job. At most 12 at once on a GPU.
// `wake`: a GPU that has no job when one is handed over begins nothing before so long after that.
[[nodiscard]] std::vector<DeviceJobEnd> run_device(const std::vector<DeviceJob>& jobs,
                                                   DeviceSharing sharing, std::int64_t wake = 0);

}  // namespace lockstep::reference
