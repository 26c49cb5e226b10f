// A run directory as a report: what `report` and `demo` write.
#pragma once

#include <string>
#include <vector>

#include "cli/objectives.h"
#include "core/result.h"
#include "reports/report_data.h"

namespace lockstep {

// Errors: the directory holds no run that can be read.
[[nodiscard]] Result<ReportData> gather_run_report(const std::string& directory,
                                                   const std::vector<Objective>& objectives);

// As one HTML file. Errors: as above, or the file cannot be written.
[[nodiscard]] Result<void> write_run_report(const std::string& directory, const std::string& path);

}  // namespace lockstep
