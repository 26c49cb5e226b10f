// What the report's page brings with it so that it opens without a network: our style and script,
// and the charting library dygraphs with its style and licence.
//
// Bytes of the program (report_assets.S), taken at build time: ours from reports/assets/, the
// library from the Debian package libjs-dygraphs (cmake/LockstepDependencies.cmake).
#pragma once

#include <string_view>

namespace lockstep {

struct ReportAssets {
  std::string_view style;            // reports/assets/report.css
  std::string_view script;           // reports/assets/report.js
  std::string_view library_style;    // dygraph.min.css
  std::string_view library_script;   // dygraph.min.js
  std::string_view library_licence;  // the package's copyright file
};

[[nodiscard]] ReportAssets report_assets();

}  // namespace lockstep
