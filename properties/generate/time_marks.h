// The spans around which something is decided: time-outs, polls, retries, execution times.
//
// A case's events are placed at, one before and one after sums of these, so that a bound that is
// off by one is met from both sides.
#pragma once

#include <vector>

#include "core/time.h"
#include "properties/generate/case_shape.h"
#include "properties/generate/draws.h"
#include "properties/generate/settings.h"
#include "properties/generate/subject.h"

namespace lockstep {

struct TimeMarks {
  std::vector<SimDuration> spans{};  // not empty; positive
  SimDuration typical{1};            // how long a batch takes, more or less

  [[nodiscard]] SimDuration pick(Draws& draws) const {
    return spans[static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(spans.size())))];
  }
};

// Options in us, those of queues included, and defaults that are in use.
[[nodiscard]] TimeMarks time_marks(const Subject& subject, const DrawnSettings& settings,
                                   const CaseShape& shape);

// What decides about rows: limits of batches, requests and queues; positive.
[[nodiscard]] std::vector<std::int64_t> row_marks(const Subject& subject,
                                                  const DrawnSettings& settings);

}  // namespace lockstep
