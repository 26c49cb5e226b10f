// A device by its name on the command line: the one place where the kinds meet.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/runtime.h"
#include "gpu_backend/device.h"
#include "gpu_backend/model_spec.h"

namespace lockstep {

class CudaApi;

enum class DeviceKind : std::uint8_t { kCpu, kCuda };

// "cpu", "cuda". Errors: "found ..., expected cpu or cuda".
[[nodiscard]] Result<DeviceKind> parse_device_kind(std::string_view name);

struct DeviceChoice {
  DeviceKind kind = DeviceKind::kCpu;
  ModelSpec model{};
  std::uint32_t lanes = 1;
  std::uint32_t threads = 1;           // kCpu: that compute
  std::uint64_t memory_budget = 0;     // bytes; 0: all that there is
  std::vector<std::uint32_t> sizes{};  // rows that batches will have, ascending; empty: any
  // Of kCuda:
  std::uint32_t gpus = 1;        // the first so many; lane i is on GPU i mod gpus
  std::uint32_t max_rows = 1;    // of a batch; `sizes` count, too
  double memory_fraction = 1.0;  // of a GPU's memory
  bool allow_growth = true;      // take memory on demand
  bool host_function = false;    // completions by a host function instead of polling events

  // What a server's configuration says of the memory, if it does; `fraction` per million.
  void take_memory_options(std::optional<std::uint32_t> fraction, std::optional<bool> growth) {
    memory_fraction = fraction ? static_cast<double>(*fraction) / 1'000'000 : memory_fraction;
    allow_growth = growth.value_or(allow_growth);
  }
};

// From now on `runtime` is this process's CUDA, for tests: before the first device of kCuda is
// made.
void use_cuda_runtime(std::unique_ptr<CudaApi> runtime);

// `clock` times the stages and outlives the device. Errors: a device that this build or machine
// does not have, a model that it cannot execute, no memory for its weights.
[[nodiscard]] Result<std::unique_ptr<Device>> make_device(const DeviceChoice& choice,
                                                          const Clock& clock);

}  // namespace lockstep
