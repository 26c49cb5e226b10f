#include "gpu_backend/cuda/cuda_status.h"

namespace lockstep {
namespace {

// After these the context is gone, as their documentation says ("leaves the process in an
// inconsistent state"), or the driver itself.
CudaOutcome outcome_of(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return CudaOutcome::kOk;
    case cudaErrorNotReady:
      return CudaOutcome::kNotReady;
    case cudaErrorMemoryAllocation:
      return CudaOutcome::kNoMemory;
    case cudaErrorCudartUnloading:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContained:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorContextIsDestroyed:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorTensorMemoryLeak:
    case cudaErrorMpsRpcFailure:
    case cudaErrorMpsClientTerminated:
    case cudaErrorExternalDevice:
    case cudaErrorUnknown:
      return CudaOutcome::kSticky;
    default:
      return CudaOutcome::kRefused;
  }
}

}  // namespace

CudaStatus cuda_status(cudaError_t error, const char* call) {
  if (error == cudaSuccess) {
    return {};
  }
  static_cast<void>(cudaGetLastError());
  return {outcome_of(error), cudaGetErrorName(error), call};
}

}  // namespace lockstep
