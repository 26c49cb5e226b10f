// The timing diagram as plain text, for terminals, logs and tickets: at most 100 columns.
//
// o arrival, - forming, = due but no lane, | dispatch, x refused; lanes: # rows used of the box,
// . unused, ~ queued on the GPU, > copied to it, < copied back. Lines end with LF and have no
// trailing spaces.
#pragma once

#include <span>
#include <string>

#include "reports/diagram_content.h"

namespace lockstep {

inline constexpr int kTextDiagramColumns = 100;

// One run, or two on the same time axis. Requires: equal from and to.
[[nodiscard]] std::string diagram_text(std::span<const DiagramContent> runs);

}  // namespace lockstep
