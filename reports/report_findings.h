// What stands out in a run's figures, in sentences: where its latency comes from, what its settings
// do, and how far its figures can be trusted.
//
// Rules with fixed limits, in a fixed order; each sentence gives its figures. They judge figures of
// one run: what another setting would do is for `lockstep replay --against` and `lockstep lint`.
#pragma once

#include <vector>

#include "reports/report_data.h"

namespace lockstep {

// Of a report that is complete but for its findings.
[[nodiscard]] std::vector<Finding> report_findings(const ReportData& data);

}  // namespace lockstep
