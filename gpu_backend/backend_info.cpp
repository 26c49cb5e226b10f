#include "gpu_backend/backend_info.h"

#ifndef LOCKSTEP_CUDA_VERSION
#define LOCKSTEP_CUDA_VERSION ""
#endif

namespace lockstep {

BackendInfo backend_info() {
  constexpr std::string_view kVersion = LOCKSTEP_CUDA_VERSION;
  return BackendInfo{.cuda_toolkit_found = !kVersion.empty(), .cuda_version = kVersion};
}

}  // namespace lockstep
