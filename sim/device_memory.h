// The memory of the simulated GPUs: what models and batches take, and what is left.
//
// Rules. A model's weights are loaded on a GPU by its first batch there, and stay. A batch takes
// its rows' bytes when it is handed over, waiting or not (as a server allocates when it launches
// work), and gives them back when it is done. What would pass the budget, and only that, is not
// given: exactly the budget fits. Memory is divisible: fragments are not modelled.
// With `growth` the process holds the most that it ever used, else the whole budget from the start:
// that changes what others see of the GPU, not what fits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/device_description.h"

namespace lockstep {

class DeviceMemory {
 public:
  // `description` outlives this. Requires: it has a total.
  DeviceMemory(const MemoryDescription& description, std::uint32_t gpu_count);

  // Bytes that a batch of `rows` took on `gpu`; nullopt: out of memory, nothing but weights that
  // still fitted was taken. `model` numbers the model called `name`, always the same.
  [[nodiscard]] std::optional<std::uint64_t> take(std::uint32_t gpu, std::uint32_t model,
                                                  std::string_view name, std::uint32_t rows);
  void give_back(std::uint32_t gpu, std::uint64_t bytes);

  // Nothing is left on `gpu`: no batch, no weights.
  void forget(std::uint32_t gpu);

  // The most that was used at once, of the GPU where that was most.
  [[nodiscard]] std::uint64_t peak() const;

 private:
  struct Gpu {
    std::uint64_t used = 0;
    std::uint64_t peak = 0;
    std::vector<bool> loaded;  // by model
  };
  bool reserve(Gpu& gpu, std::uint64_t bytes) const;
  [[nodiscard]] ModelMemory memory_of(std::string_view name) const;

  const MemoryDescription& description_;
  std::uint64_t budget_;
  std::vector<Gpu> gpus_;
};

}  // namespace lockstep
