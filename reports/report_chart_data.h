// The numbers that the report's script draws, as JSON within the page.
//
// Keys and units are read by reports/assets/report.js and by nothing else. Integers, but for means
// (thousandths); -1 is "none". At most some 200 KB, however large the run.
#pragma once

#include <string>

#include "reports/report_data.h"

namespace lockstep {

[[nodiscard]] std::string chart_data_json(const ReportData& data);

}  // namespace lockstep
