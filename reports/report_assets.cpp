#include "reports/report_assets.h"

#include <cstddef>

extern "C" {
// report_assets.S
extern const char lockstep_report_style_begin[];
extern const char lockstep_report_style_end[];
extern const char lockstep_report_script_begin[];
extern const char lockstep_report_script_end[];
extern const char lockstep_dygraph_style_begin[];
extern const char lockstep_dygraph_style_end[];
extern const char lockstep_dygraph_script_begin[];
extern const char lockstep_dygraph_script_end[];
extern const char lockstep_dygraph_licence_begin[];
extern const char lockstep_dygraph_licence_end[];
}

namespace lockstep {
namespace {

std::string_view between_marks(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// The library's last line names a file for its debugger, which the page does not bring.
std::string_view without_source_map(std::string_view text) {
  const std::size_t at = text.rfind("\n//# sourceMappingURL=");
  const std::size_t in_style = text.rfind("\n/*# sourceMappingURL=");
  return text.substr(0, at != std::string_view::npos ? at + 1 : in_style);
}

}  // namespace

ReportAssets report_assets() {
  return {.style = between_marks(lockstep_report_style_begin, lockstep_report_style_end),
          .script = between_marks(lockstep_report_script_begin, lockstep_report_script_end),
          .library_style = without_source_map(
              between_marks(lockstep_dygraph_style_begin, lockstep_dygraph_style_end)),
          .library_script = without_source_map(
              between_marks(lockstep_dygraph_script_begin, lockstep_dygraph_script_end)),
          .library_licence =
              between_marks(lockstep_dygraph_licence_begin, lockstep_dygraph_licence_end)};
}

}  // namespace lockstep
