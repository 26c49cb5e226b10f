// Which devices this build can run batches on. The simulated device is not one of them.
#pragma once

#include <string_view>

namespace lockstep {

struct BackendInfo {
  bool cuda_toolkit_found = false;  // at build time; device code itself comes with the CUDA backend
  std::string_view cuda_version;    // "13.0.88", "" without the toolkit
};

[[nodiscard]] BackendInfo backend_info();

}  // namespace lockstep
