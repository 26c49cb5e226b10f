// The real CUDA runtime, where this build has it.
#pragma once

#include <memory>

#include "core/result.h"
#include "gpu_backend/cuda/cuda_api.h"

namespace lockstep {

// Errors: a build without the CUDA toolkit; a machine without a driver or a device. A program with
// CUDA starts on any machine: the runtime is linked in, the driver is looked for here.
[[nodiscard]] Result<std::unique_ptr<CudaApi>> make_cuda_runtime();

}  // namespace lockstep
