#include "sim/device_memory.h"

#include <algorithm>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {

static_assert(kMaxRowBytes <= UINT64_MAX / 2 / kMaxBatchRows, "bytes of a batch must not overflow");

DeviceMemory::DeviceMemory(const MemoryDescription& description, std::uint32_t gpu_count)
    : description_(description), budget_(description.budget()), gpus_(gpu_count) {
  LOCKSTEP_CHECK(description.total > 0);
}

ModelMemory DeviceMemory::memory_of(std::string_view name) const {
  ModelMemory memory = description_.common;
  const auto own = std::find_if(description_.models.begin(), description_.models.end(),
                                [&](const auto& model) { return model.first == name; });
  if (own != description_.models.end()) {
    memory.weights = own->second.weights ? own->second.weights : memory.weights;
    memory.row_bytes = own->second.row_bytes ? own->second.row_bytes : memory.row_bytes;
  }
  return memory;
}

bool DeviceMemory::reserve(Gpu& gpu, std::uint64_t bytes) const {
  LOCKSTEP_CHECK(gpu.used <= budget_);
  if (bytes > budget_ - gpu.used) {
    return false;
  }
  gpu.used += bytes;
  gpu.peak = std::max(gpu.peak, gpu.used);
  return true;
}

std::optional<std::uint64_t> DeviceMemory::take(std::uint32_t gpu_index, std::uint32_t model,
                                                std::string_view name, std::uint32_t rows) {
  Gpu& gpu = gpus_[gpu_index];
  const ModelMemory memory = memory_of(name);
  if (model >= gpu.loaded.size()) {
    gpu.loaded.resize(model + 1);
  }
  if (!gpu.loaded[model]) {
    if (!reserve(gpu, memory.weights.value_or(0))) {
      return std::nullopt;
    }
    gpu.loaded[model] = true;
  }
  const std::uint64_t bytes = memory.row_bytes.value_or(0) * rows;
  if (!reserve(gpu, bytes)) {
    return std::nullopt;
  }
  return bytes;
}

void DeviceMemory::give_back(std::uint32_t gpu, std::uint64_t bytes) {
  LOCKSTEP_CHECK(bytes <= gpus_[gpu].used);
  gpus_[gpu].used -= bytes;
}

void DeviceMemory::forget(std::uint32_t gpu) {
  gpus_[gpu].used = 0;
  gpus_[gpu].loaded.clear();
}

std::uint64_t DeviceMemory::peak() const {
  std::uint64_t most = 0;
  for (const Gpu& gpu : gpus_) {
    most = std::max(most, gpu.peak);
  }
  return most;
}

}  // namespace lockstep
