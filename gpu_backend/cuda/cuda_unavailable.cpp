// In place of the CUDA runtime in a build without the toolkit.
#include "gpu_backend/cuda/cuda_runtime.h"

namespace lockstep {

Result<std::unique_ptr<CudaApi>> make_cuda_runtime() {
  return tl::unexpected<Error>(
      Error{Errc::kNoDevice,
            "cuda: found a build without the CUDA toolkit, expected one with it (install nvcc 13 "
            "and configure again)"});
}

}  // namespace lockstep
