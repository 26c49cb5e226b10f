// Width of a line of text in the diagrams' font, DejaVu Sans, without asking a font library.
//
// Layout must not depend on the fonts of the machine. Printable ASCII has its real advance widths;
// any other character counts as one em, which is wide enough for nearly all.
#pragma once

#include <string_view>

namespace lockstep {

// In whole points, rounded up. `tenths` is the font size in tenths of a point.
[[nodiscard]] int text_width(std::string_view text, int tenths);

}  // namespace lockstep
