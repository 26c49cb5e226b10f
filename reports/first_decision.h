// Where two runs of the same requests decide differently for the first time, from their journals.
//
// Decisions are taken in order: start, add, seal, finish. `wake` is a plan and `finish-batch` what
// the device did: both are left out. Two decisions are the same when they say the same of the same
// requests for the same reason; time and lane may differ, and where nothing else does, the first
// such difference is told instead. Memory does not grow with the journals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "traces/journal_csv.h"

namespace lockstep {

struct DecisionDivergence {
  std::uint64_t before = 0;     // decisions of each run that came before, and are the same
  bool placement_only = false;  // all decisions are the same but for times and lanes
  // "at 12.3ms timer: start batch 3 ..."; nullopt: this run decided nothing more.
  std::optional<std::string> a{};
  std::optional<std::string> b{};
};

// nullopt: the same decisions at the same times on the same lanes. Errors: those of the journals.
[[nodiscard]] Result<std::optional<DecisionDivergence>> first_divergent_decision(
    JournalLineSource& a, JournalLineSource& b);

// Three lines for a reader; "" for nullopt.
[[nodiscard]] std::string divergence_text(const std::optional<DecisionDivergence>& divergence);

}  // namespace lockstep
