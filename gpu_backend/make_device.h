// A device by its name on the command line: the one place where the kinds meet.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/runtime.h"
#include "gpu_backend/device.h"
#include "gpu_backend/model_spec.h"

namespace lockstep {

enum class DeviceKind : std::uint8_t { kCpu, kCuda };

// "cpu", "cuda". Errors: "found ..., expected cpu or cuda".
[[nodiscard]] Result<DeviceKind> parse_device_kind(std::string_view name);

struct DeviceChoice {
  DeviceKind kind = DeviceKind::kCpu;
  ModelSpec model{};
  std::uint32_t lanes = 1;
  std::uint32_t threads = 1;           // kCpu: that compute
  std::uint64_t memory_budget = 0;     // bytes; 0: all that there is
  std::vector<std::uint32_t> sizes{};  // rows that batches will have; empty: any
};

// `clock` times the stages and outlives the device. Errors: a device that this build or machine
// does not have, a model that it cannot execute, no memory for its weights.
[[nodiscard]] Result<std::unique_ptr<Device>> make_device(const DeviceChoice& choice,
                                                          const Clock& clock);

}  // namespace lockstep
