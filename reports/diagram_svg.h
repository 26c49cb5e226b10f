// Writes a scene as SVG, PNG, PDF or DOT with Graphviz, in process; nothing is laid out by it.
//
// Engine nop2: every node has its place and size. The library is not thread-safe, so one
// process-wide mutex covers create, layout, render and close; any thread may call.
// The same scene gives the same SVG and DOT bytes on one Graphviz version (its version comment is
// taken out). PNG and PDF bytes depend on the machine's fonts; a PDF's date is zeroed. DOT is the
// graph as the library writes it, without a layout: it depends on no font, and `neato -n2` draws
// it.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"
#include "reports/diagram_scene.h"

namespace lockstep {

enum class PictureFormat : std::uint8_t { kSvg, kPng, kPdf, kDot };

// Errors: a Graphviz without the engine or the format, or one that refuses the drawing.
[[nodiscard]] Result<std::string> render_scene(const DiagramScene& scene, PictureFormat format);

}  // namespace lockstep
