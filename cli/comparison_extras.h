// What `lockstep compare` knows beyond two logs: journals, stages, repeats.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "reports/compare_text.h"
#include "reports/first_decision.h"
#include "traces/run_log.h"

namespace lockstep {

// From the journals of two run directories. Errors: those of the journals.
[[nodiscard]] Result<std::string> first_decision_text(const std::string& a, const std::string& b);

// How the line of a run begins that does not re-execute.
inline constexpr std::string_view kNotTheSame = "re-executed: not the same: ";

struct Reexecuted {
  std::string line;     // "re-executed: live: 22309 inputs gave the same 5327 decisions (100 %)"
  std::string failure;  // "": it is so
};
// The journal of a run on a device through a fresh core. Errors: those of its files.
[[nodiscard]] Result<Reexecuted> reexecuted_line(const RunLog& run);

// `runs`: A, B and further repeats of B. Errors: those of above, of stages.csv, and of comparing A
// with a repeat.
[[nodiscard]] Result<ComparisonExtras> comparison_extras(const std::vector<RunLog>& runs,
                                                         std::vector<std::string>& failures);

}  // namespace lockstep
