// Runs conformance scenarios of the shared scheduler and says where one differs first.
//
// Rules of a run (TF 2.5): at one instant completions come first, then deadlines, then the events
// as written; the lowest idle lane is taken; a dispatch finishes at once unless it is held or has a
// duration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "properties/conformance_scenario.h"

namespace lockstep {

struct ConformanceDifference {
  std::string expected;
  std::string got;
};

// nullopt: the scheduler does exactly what the scenario expects.
[[nodiscard]] std::optional<ConformanceDifference> run_conformance_scenario(
    const ConformanceScenario& scenario);

// The scenarios of a file's text, one per line; blank lines are skipped. Errors:
// PATH:LINE:COLUMN of the first line that is not of the grammar.
[[nodiscard]] Result<std::vector<ConformanceScenario>> parse_conformance_file(
    const std::string& path, std::string_view text);

}  // namespace lockstep
