// cuBLASLt, loaded when the first mlp asks for it: a program that runs no mlp needs no cuBLAS.
// For sources that include CUDA; part of builds with the toolkit.
#pragma once

#include <cublasLt.h>

#include "core/result.h"

namespace lockstep {

// The functions that we call, under cuBLASLt's own names without their prefix.
struct CublasLt {
  decltype(&cublasLtCreate) create = nullptr;
  decltype(&cublasLtDestroy) destroy = nullptr;
  decltype(&cublasLtGetStatusName) status_name = nullptr;
  decltype(&cublasLtMatmul) matmul = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) algo_get_heuristic = nullptr;
  decltype(&cublasLtMatmulDescCreate) desc_create = nullptr;
  decltype(&cublasLtMatmulDescDestroy) desc_destroy = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) desc_set_attribute = nullptr;
  decltype(&cublasLtMatrixLayoutCreate) layout_create = nullptr;
  decltype(&cublasLtMatrixLayoutDestroy) layout_destroy = nullptr;
  decltype(&cublasLtMatmulPreferenceCreate) preference_create = nullptr;
  decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set_attribute = nullptr;
};

// Looks where the loader looks, then in the toolkit's usual folder. Stays loaded. Errors: not found
// (kNoVerdict).
[[nodiscard]] Result<CublasLt> load_cublas_lt();

}  // namespace lockstep
