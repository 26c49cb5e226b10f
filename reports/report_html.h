// A run as one HTML file that opens offline: figures, charts, diagrams, and how to repeat it.
//
// Without its script the page still has every table and diagram; the script adds the charts that
// can be zoomed. The same run, options and build give the same bytes: no time, no path, no address.
// Whatever the size of the run the file stays below 5 MB: charts are reduced (report_series.h,
// report_curve.h), lists are cut and say so. Nothing is loaded from elsewhere.
#pragma once

#include <string>

#include "reports/report_assets.h"
#include "reports/report_data.h"

namespace lockstep {

[[nodiscard]] std::string report_html(const ReportData& data, const ReportAssets& assets);

}  // namespace lockstep
