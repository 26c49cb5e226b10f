// The words of a scenario's events and expectations, read from the left (grammar:
// conformance_scenario.h).
#pragma once

#include <string>
#include <string_view>

#include "properties/conformance_scenario.h"

namespace lockstep {

// Reads `text`, which stands at `column` of its line, into scenario.events. Requires: settings,
// queues.
[[nodiscard]] Located<void> parse_events(std::string_view text, std::size_t column,
                                         ConformanceScenario& scenario);

// Reads `text` into scenario.dispatches, closes and error. Requires: queues, with_criticality.
[[nodiscard]] Located<void> parse_expectations(std::string_view text, std::size_t column,
                                               ConformanceScenario& scenario);

}  // namespace lockstep
