// What comes from outside in a drawn case: arrivals, cancels, closings, lanes that go down.
#pragma once

#include <cstdint>
#include <vector>

#include "properties/cases/case.h"
#include "properties/generate/case_shape.h"
#include "properties/generate/draws.h"
#include "properties/generate/time_marks.h"

namespace lockstep {

struct TrafficRules {
  const TimeMarks& times;
  const std::vector<std::int64_t>& rows;  // row_marks()
  std::uint32_t queue_count = 1;          // with options of their own
  std::uint32_t lane_count = 1;
};

[[nodiscard]] std::vector<CaseEvent> draw_traffic(Draws& draws, const CaseShape& shape,
                                                  const TrafficRules& rules);

}  // namespace lockstep
