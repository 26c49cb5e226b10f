// A cudaError_t as a CudaStatus. For sources that include CUDA; part of builds with the toolkit.
#pragma once

#include <cuda_runtime_api.h>

#include "gpu_backend/cuda/cuda_api.h"

namespace lockstep {

// Also takes the error off the thread's "last error", where the next kernel would be blamed for it.
CudaStatus cuda_status(cudaError_t error, const char* call);

}  // namespace lockstep
