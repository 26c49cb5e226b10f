// The parts of the report's page that are words and tables, as HTML: readable without its script.
//
// Each returns one <section> with a heading whose id the page's navigation names, or "" when the
// run has nothing to show there. Text from outside is escaped.
#pragma once

#include <string>

#include "reports/report_data.h"

namespace lockstep {

[[nodiscard]] std::string summary_section(const ReportData& data);   // id summary
[[nodiscard]] std::string quantile_table(const ReportData& data);    // within the distribution
[[nodiscard]] std::string ledger_section(const ReportData& data);    // id ledger
[[nodiscard]] std::string batch_section(const ReportData& data);     // id batches
[[nodiscard]] std::string time_table(const ReportData& data);        // within "over time"
[[nodiscard]] std::string group_section(const ReportData& data);     // id queues
[[nodiscard]] std::string diagram_section(const ReportData& data);   // id diagrams
[[nodiscard]] std::string settings_section(const ReportData& data);  // id settings
[[nodiscard]] std::string repeat_section(const ReportData& data);    // id repeat

}  // namespace lockstep
