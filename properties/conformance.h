// Runs conformance scenarios and says where one differs first.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "properties/conformance_run.h"
#include "properties/conformance_scenario.h"

namespace lockstep {

// nullopt: the scheduler does exactly what the scenario expects.
[[nodiscard]] std::optional<ConformanceDifference> run_conformance_scenario(
    const ConformanceScenario& scenario);
// The same with a scheduler of the caller's in place of the one that the scenario describes.
[[nodiscard]] std::optional<ConformanceDifference> run_conformance_scenario(
    const ConformanceScenario& scenario, std::unique_ptr<Scheduler> scheduler);

// The scenarios of a file's text, one per line; blank lines are skipped. Errors:
// PATH:LINE:COLUMN of the first line that is not of the grammar.
[[nodiscard]] Result<std::vector<ConformanceScenario>> parse_conformance_file(
    const std::string& path, std::string_view text);

}  // namespace lockstep
