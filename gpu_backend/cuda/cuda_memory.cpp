#include "gpu_backend/cuda/cuda_memory.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr CudaStatus kOverBudget{CudaOutcome::kNoMemory, "memory budget", "allocate"};

}  // namespace

std::uint64_t memory_budget_of(std::uint64_t total_bytes, double fraction) {
  LOCKSTEP_CHECK(fraction > 0.0 && fraction <= 1.0);
  // Exact where a budget matters: memory sizes are far below 2^53.
  const auto bytes = static_cast<std::uint64_t>(static_cast<double>(total_bytes) * fraction);
  return std::min(bytes, total_bytes);
}

CudaMemory::~CudaMemory() {
  // The device may be lost: then the driver frees everything with its context.
  if (block_ != nullptr) {
    static_cast<void>(cuda_->free(block_));
  }
  if (pool_.handle != nullptr) {
    static_cast<void>(cuda_->destroy_pool(pool_));
  }
}

CudaStatus CudaMemory::open_block(std::uint64_t bytes) {
  LOCKSTEP_CHECK(block_ == nullptr && pool_.handle == nullptr);
  const std::uint64_t needed = aligned_size(bytes);
  if (!fits(needed)) {
    return kOverBudget;
  }
  const CudaStatus status = cuda_->allocate(needed, block_);
  if (!status.ok()) {
    block_ = nullptr;
    return status;
  }
  block_bytes_ = needed;
  count(needed);
  return status;
}

CudaStatus CudaMemory::open_pool() {
  LOCKSTEP_CHECK(block_ == nullptr && pool_.handle == nullptr);
  const CudaStatus status = cuda_->create_pool(device_, budget_, pool_);
  if (!status.ok()) {
    pool_ = {};
  }
  return status;
}

CudaStatus CudaMemory::allocate(std::uint64_t bytes, CudaStream stream, void*& memory) {
  const std::uint64_t needed = aligned_size(bytes);
  if (block_ != nullptr) {
    LOCKSTEP_CHECK(needed <= block_bytes_ - cut_bytes_);
    memory = static_cast<std::byte*>(block_) + cut_bytes_;
    cut_bytes_ += needed;
    return {};
  }
  if (!fits(needed)) {
    return kOverBudget;
  }
  const CudaStatus status = cuda_->allocate_from_pool(pool_, stream, needed, memory);
  if (status.ok()) {
    count(needed);
  }
  return status;
}

CudaStatus CudaMemory::free(void* memory, std::uint64_t bytes, CudaStream stream) {
  if (block_ != nullptr) {
    return {};
  }
  LOCKSTEP_CHECK(used_ >= aligned_size(bytes));
  used_ -= aligned_size(bytes);
  return cuda_->free_to_pool(memory, stream);
}

void CudaMemory::count(std::uint64_t bytes) {
  used_ += bytes;
  peak_ = std::max(peak_, used_);
}

}  // namespace lockstep
