// What executes the batches of a drawn case: a script of times, or a described device with faults.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "properties/cases/case.h"
#include "properties/generate/case_shape.h"
#include "properties/generate/draws.h"
#include "properties/generate/time_marks.h"

namespace lockstep {

[[nodiscard]] std::vector<CaseExecution> draw_executions(Draws& draws, const CaseShape& shape,
                                                         const TimeMarks& times);

// Text of sim/device_text.h.
[[nodiscard]] std::string draw_device(Draws& draws, const CaseShape& shape, const TimeMarks& times,
                                      std::uint32_t lanes_per_gpu);

struct FaultRules {
  const TimeMarks& times;
  std::uint32_t lane_count = 1;
  std::uint32_t gpu_count = 1;
  SimDuration until{0};     // when the traffic ends, more or less
  SimDuration earliest{0};  // when it begins
};

// Text of sim/fault_plan.h; "" without the feature. About 3 in 4 are inside the promise.
[[nodiscard]] std::string draw_faults(Draws& draws, const CaseShape& shape,
                                      const FaultRules& rules);

}  // namespace lockstep
