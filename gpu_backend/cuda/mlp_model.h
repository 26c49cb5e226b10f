// The mlp on a CUDA device: y = relu(W y + b), layer by layer, each one cuBLASLt call with bias and
// ReLU fused into it. For sources that include CUDA; part of builds with the toolkit.
//
// fp32 layers compute in fp32 (CUBLAS_COMPUTE_32F, not TF32). bf16 layers take and give bf16 and
// add up in fp32; the input is rounded to bf16 first, the last layer gives fp32. cuBLASLt chooses
// an algorithm for each number of rows, so that a row's last bits may depend on its batch.
#pragma once

#include <memory>

#include "core/result.h"
#include "gpu_backend/cuda/cuda_api.h"

namespace lockstep {

// On the current device. Errors: no cuBLASLt, or it refuses to start.
[[nodiscard]] Result<std::unique_ptr<CudaModel>> make_mlp_model(const ModelSpec& model,
                                                                const MlpWeights& weights);

}  // namespace lockstep
