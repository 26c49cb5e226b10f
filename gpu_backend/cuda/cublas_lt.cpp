#include "gpu_backend/cuda/cublas_lt.h"

#include <string>

#include <dlfcn.h>
#include <fmt/format.h>

namespace lockstep {
namespace {

template <typename Function>
bool find_symbol(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

bool find_functions(void* library, CublasLt& lt) {
  return find_symbol(library, "cublasLtCreate", lt.create) &&
         find_symbol(library, "cublasLtDestroy", lt.destroy) &&
         find_symbol(library, "cublasLtGetStatusName", lt.status_name) &&
         find_symbol(library, "cublasLtMatmul", lt.matmul) &&
         find_symbol(library, "cublasLtMatmulAlgoGetHeuristic", lt.algo_get_heuristic) &&
         find_symbol(library, "cublasLtMatmulDescCreate", lt.desc_create) &&
         find_symbol(library, "cublasLtMatmulDescDestroy", lt.desc_destroy) &&
         find_symbol(library, "cublasLtMatmulDescSetAttribute", lt.desc_set_attribute) &&
         find_symbol(library, "cublasLtMatrixLayoutCreate", lt.layout_create) &&
         find_symbol(library, "cublasLtMatrixLayoutDestroy", lt.layout_destroy) &&
         find_symbol(library, "cublasLtMatmulPreferenceCreate", lt.preference_create) &&
         find_symbol(library, "cublasLtMatmulPreferenceDestroy", lt.preference_destroy) &&
         find_symbol(library, "cublasLtMatmulPreferenceSetAttribute", lt.preference_set_attribute);
}

}  // namespace

Result<CublasLt> load_cublas_lt() {
  const std::string file = fmt::format("libcublasLt.so.{}", CUBLAS_VER_MAJOR);
  std::string why;
  for (const std::string& path : {file, "/usr/local/cuda/lib64/" + file}) {
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* const message = dlerror();
      why = message == nullptr ? path : message;
      continue;
    }
    CublasLt lt;
    if (find_functions(library, lt)) {
      return lt;
    }
    why = path + " lacks a function";
  }
  return tl::unexpected<Error>(Error{
      Errc::kNoVerdict, fmt::format("model mlp: found no {} ({}), expected it beside the CUDA "
                                    "driver or in LD_LIBRARY_PATH",
                                    file, why)});
}

}  // namespace lockstep
