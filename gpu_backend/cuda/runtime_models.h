// The models as the real CUDA runtime executes them. For sources that include CUDA; part of builds
// with the toolkit.
#pragma once

#include <cstdint>
#include <memory>

#include "core/result.h"
#include "gpu_backend/cuda/cuda_api.h"

namespace lockstep {

// On the current device. Errors: see CudaApi::make_model().
[[nodiscard]] Result<std::unique_ptr<CudaModel>> make_runtime_model(const ModelSpec& model,
                                                                    const MlpWeights& weights,
                                                                    std::uint32_t slot_count);

}  // namespace lockstep
