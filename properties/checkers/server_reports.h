// What a server tells beside the ends of requests: its report of a batch, and its totals.
#pragma once

#include <string>

#include "properties/record/run_record.h"

namespace lockstep {

// What the report of a batch that is done says wrongly, or "".
[[nodiscard]] std::string report_difference(const RecordedBatch& batch);

// Which of the totals is not what the run has, or "". Requires: run.totals.
[[nodiscard]] std::string totals_difference(const RunRecord& run);

}  // namespace lockstep
