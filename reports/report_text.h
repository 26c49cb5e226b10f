// A report as plain text, for terminals, logs and tickets: its figures without its charts.
//
// The table of `replay`, the objectives' share, what stands out, the latency ledger, the settings
// with the warnings about the configuration, and how to repeat the run. Text from outside is made
// displayable (format.h). Lines end with LF and have no trailing blanks.
#pragma once

#include <string>

#include "reports/report_data.h"

namespace lockstep {

[[nodiscard]] std::string report_text(const ReportData& data);

}  // namespace lockstep
