// How batches are executed on CUDA devices: what the user chooses, and what was measured to be
// better.
#pragma once

#include <cstdint>
#include <vector>

#include "gpu_backend/model_data.h"
#include "gpu_backend/model_spec.h"

namespace lockstep {

enum class CompletionWay : std::uint8_t {
  kEventPolling,  // poll() asks the event behind each batch in flight
  kHostFunction,  // CUDA calls us when a batch is done; poll() looks into a ring
};

enum class StageTiming : std::uint8_t {
  kStages,       // four events in the graph: begin, between the stages, end
  kBeginAndEnd,  // two: copies count as computing
  kAroundGraph,  // two events before and behind the graph: the launch of it counts, too
};

struct CudaDeviceOptions {
  std::vector<std::uint32_t> device_ids = {0};  // lane i is on device_ids[i mod count]
  std::uint32_t lane_count = 1;
  ModelSpec model;
  MlpWeights weights;  // of kMlp: mlp_weights(model)
  // The padded sizes that batches are expected to have, ascending, max_rows at most: each lane has
  // a graph for each from the start. Another size gets its graph at its first batch.
  std::vector<std::uint32_t> sizes;
  std::uint32_t max_rows = 1;
  double memory_fraction = 1.0;  // of a device's memory: our budget; in (0, 1]
  // Starts with memory for the smallest size and grows; else all memory is taken at the start.
  bool allow_growth = false;
  CompletionWay completion = CompletionWay::kEventPolling;
  StageTiming stage_timing = StageTiming::kStages;
  bool graphs = true;   // off: each copy and kernel is launched by itself
  bool poison = false;  // release() overwrites the input, so that a late reader is found
};

}  // namespace lockstep
