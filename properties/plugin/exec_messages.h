// The lines that pass between Lockstep and a scheduler in any language: JSON, one object each.
//
// docs/plugins.md is the protocol's document. We ask, the program answers each line with one:
// `describe` once, then for each run one `reset` and one line for each input. Unknown keys in an
// answer are errors, so that a misspelt one is not silently left out; keys that we send may become
// more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <lockstep/plugin.h>

#include "core/result.h"
#include "properties/plugin/foreign_peer.h"

namespace lockstep {

inline constexpr int kExecProtocol = 1;

[[nodiscard]] std::string describe_message();
[[nodiscard]] std::string reset_message(const std::vector<ForeignOption>& options,
                                        const ForeignConfig& config);
[[nodiscard]] std::string input_message(const lockstep_input& input);

// Errors of all three: "COLUMN: found ..., expected ...", or what the answer's "error" says.
[[nodiscard]] Result<ForeignDescription> read_description(std::string_view answer);
[[nodiscard]] Result<void> read_ready(std::string_view answer);
// Gives what it decides to `guard`.
[[nodiscard]] Result<void> read_decisions(std::string_view answer, DecisionGuard& guard);

}  // namespace lockstep
