// A comparison as JSON, for programs: stable keys, times in ns, shares per million.
#pragma once

#include <string>
#include <vector>

#include "reports/compare_text.h"

namespace lockstep {

// The whole text, keys in a fixed order, with a line end. A figure that does not exist is null.
[[nodiscard]] std::string comparison_json(const RunComparison& comparison, const RunLog& a,
                                          const RunLog& b, const ComparisonExtras& extras,
                                          const std::vector<std::string>& failures);

}  // namespace lockstep
