// The memory that our batches take on one CUDA device, and the budget that it never exceeds.
//
// Two ways, as TF-Serving's allow_growth: fixed: one block (cudaMalloc) at the start, cut into
// parts in order of the requests; growing: a stream-ordered pool (cudaMallocFromPoolAsync), which
// keeps what is freed, so that growing again asks the driver for little. Sizes count in units of
// kMemoryAlignment. What CUDA itself needs (its context, code, graphs) is not ours to count, nor is
// what a user's model allocates.
#pragma once

#include <cstdint>
#include <string>

#include "gpu_backend/cuda/cuda_api.h"

namespace lockstep {

// cudaMalloc aligns to this at least; cuBLASLt's algorithms are chosen for it.
inline constexpr std::uint64_t kMemoryAlignment = 256;

[[nodiscard]] constexpr std::uint64_t aligned_size(std::uint64_t bytes) {
  return (bytes + kMemoryAlignment - 1) / kMemoryAlignment * kMemoryAlignment;
}

// The part of `total_bytes` that `fraction` in (0, 1] allows, rounded down.
[[nodiscard]] std::uint64_t memory_budget_of(std::uint64_t total_bytes, double fraction);

class CudaMemory {
 public:
  CudaMemory(CudaApi& cuda, std::uint32_t device, std::uint64_t budget)
      : cuda_(&cuda), device_(device), budget_(budget) {}
  CudaMemory(const CudaMemory&) = delete;
  CudaMemory& operator=(const CudaMemory&) = delete;
  // Requires: all was freed, or the device is lost.
  ~CudaMemory();

  // Exactly one of these first, with the device current.
  CudaStatus open_block(std::uint64_t bytes);
  CudaStatus open_pool();

  // kNoMemory with the name "memory budget" when that is what lacks. `stream` orders it against
  // the work that uses it.
  CudaStatus allocate(std::uint64_t bytes, CudaStream stream, void*& memory);
  // In the fixed way a part is not used again: nothing is freed there before the end.
  CudaStatus free(void* memory, std::uint64_t bytes, CudaStream stream);

  [[nodiscard]] std::uint64_t budget() const { return budget_; }
  [[nodiscard]] std::uint64_t used() const { return used_; }
  [[nodiscard]] std::uint64_t peak() const { return peak_; }

 private:
  [[nodiscard]] bool fits(std::uint64_t bytes) const { return bytes <= budget_ - used_; }
  void count(std::uint64_t bytes);

  CudaApi* cuda_;
  std::uint32_t device_;
  std::uint64_t budget_;
  std::uint64_t used_ = 0;
  std::uint64_t peak_ = 0;
  // The fixed way.
  void* block_ = nullptr;
  std::uint64_t block_bytes_ = 0;
  std::uint64_t cut_bytes_ = 0;
  // The growing way.
  CudaMemoryPool pool_;
};

}  // namespace lockstep
