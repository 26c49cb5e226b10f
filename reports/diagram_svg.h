// Writes a scene as SVG, PNG or DOT with Graphviz, in process; nothing is laid out by it.
//
// Engine nop2: every node has its place and size. The library is not thread-safe, so one
// process-wide mutex covers create, layout, render and close; any thread may call.
// The same scene gives the same SVG and DOT bytes on one Graphviz version (its version comment is
// taken out). PNG bytes depend on the machine's fonts.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"
#include "reports/diagram_scene.h"

namespace lockstep {

enum class PictureFormat : std::uint8_t { kSvg, kPng, kDot };

// Errors: a Graphviz without the engine or the format, or one that refuses the drawing.
[[nodiscard]] Result<std::string> render_scene(const DiagramScene& scene, PictureFormat format);

}  // namespace lockstep
