// The timing diagram of batch formation, from a run to bytes: the front of the diagram_* files.
//
// Stages, each its own file: window (which requests), content (what is known of them), layout
// (where it stands), svg or text (how it is written).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "reports/diagram_window.h"
#include "traces/run_log.h"

namespace lockstep {

enum class DiagramFormat : std::uint8_t { kSvg, kPng, kDot, kText };

struct DiagramOptions {
  WindowChoice window = {};
  // The same requests in another run, drawn below on the same time axis. With a window by times,
  // both runs show that span, and the titles say which requests only one of them shows.
  const RunLog* against = nullptr;
  DiagramFormat format = DiagramFormat::kSvg;
};

// Errors: those of choose_window; a run B of other requests than run A; Graphviz.
[[nodiscard]] Result<std::string> draw_diagram(const RunLog& run, const DiagramOptions& options);

// The format for an output file's name: ".svg", ".png", ".dot", ".gv", ".txt".
[[nodiscard]] Result<DiagramFormat> diagram_format_for(std::string_view file_name);

}  // namespace lockstep
