// What the bound is computed from: a scheduler's settings and a GPU, or why there is no bound.
#pragma once

#include <cstdint>
#include <string>

#include "properties/bound/latency_bound.h"
#include "properties/record/run_rules.h"
#include "sim/device_description.h"

namespace lockstep {

struct WorstCase {
  std::string no_bound{};  // why, in words; "" when there is one
  LatencyBoundInputs inputs{};
  LatencyBound bound{};
  std::uint32_t rows_max = 1;      // E: of a full batch
  std::uint32_t longest_rows = 1;  // executed by the batch that takes longest, padding included
  bool shares_compute = false;     // C is the time with all lanes of a GPU at work
  std::uint32_t queue = 0;         // of the rules: whose bound it is
  SimDuration copies{0};           // part of C
};

// `gpu_count` GPUs of that kind, lane i on GPU i mod gpu_count; `queue_count` queues are in use.
// The worst of the queues with options of their own, or of the common ones.
[[nodiscard]] WorstCase worst_case(const RunRules& rules, const DeviceDescription& device,
                                   std::uint32_t gpu_count, std::uint32_t queue_count);

}  // namespace lockstep
