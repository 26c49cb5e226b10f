// The timing diagram of batch formation, from a run to bytes: the front of the diagram_* files.
//
// Stages, each its own file: window (which requests), content (what is known of them), layout
// (where it stands), svg or text (how it is written).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "reports/diagram_violation.h"
#include "reports/diagram_window.h"
#include "reports/run_events.h"
#include "traces/run_log.h"

namespace lockstep {

enum class DiagramFormat : std::uint8_t { kSvg, kPng, kPdf, kDot, kText };

struct DiagramOptions {
  WindowChoice window = {};
  // The same requests in another run, drawn below on the same time axis. With a window by times,
  // both runs show that span, and the titles say which requests only one of them shows.
  const RunLog* against = nullptr;
  // Of each run, when their directories were read for them (run_events.h); may be nullptr.
  const RunEvents* events = nullptr;
  const RunEvents* events_against = nullptr;
  std::vector<DiagramViolation> violations = {};  // of the first run
  bool grey = false;  // for printers: greys, and each wall has the letter of its reason
  DiagramFormat format = DiagramFormat::kSvg;
};

// Errors: those of choose_window; a run B of other requests than run A; Graphviz.
[[nodiscard]] Result<std::string> draw_diagram(const RunLog& run, const DiagramOptions& options);

// The format for an output file's name: ".svg", ".png", ".pdf", ".dot", ".gv", ".txt".
[[nodiscard]] Result<DiagramFormat> diagram_format_for(std::string_view file_name);

}  // namespace lockstep
