// A model as the host's CPU executes it.
//
// All rows of a batch are computed, padding too; for an mlp a layer is one matrix product of the
// whole batch (BLAS, one thread). Whichever BLAS Debian's alternatives name is used at run time:
// its bits differ between versions and CPUs, within Reference::tolerance().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/runtime.h"
#include "gpu_backend/model_data.h"
#include "gpu_backend/model_spec.h"

namespace lockstep {

class HostModel {
 public:
  // `clock` times spins and outlives this. Requires: not kUser, whose code is for CUDA.
  HostModel(const ModelSpec& model, const Clock& clock);

  [[nodiscard]] const ModelSpec& spec() const { return model_; }
  [[nodiscard]] std::uint64_t weight_bytes() const;
  // Values of scratch that one row needs.
  [[nodiscard]] std::size_t scratch_per_row() const;

  // Reads `input`, writes `output`: whole rows, as many of each. Several threads may call at once,
  // with memory of their own. A spin is cut short when `stop` becomes true.
  struct Memory {
    std::span<const float> input;
    std::span<float> output;
    std::span<float> scratch;  // scratch_per_row() for each row
  };
  void run(const Memory& memory, const std::atomic<bool>& stop) const;

 private:
  void run_layers(const Memory& memory, std::size_t rows) const;
  void keep_busy(std::size_t rows, const std::atomic<bool>& stop) const;

  ModelSpec model_;
  const Clock& clock_;
  MlpWeights parameters_;
};

}  // namespace lockstep
