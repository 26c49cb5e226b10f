// How a scene's numbers, colours and words are written into a Graphviz graph. Private to
// reports/diagram_svg.cpp.
#pragma once

#include <string>
#include <string_view>

#include "reports/diagram_scene.h"

namespace lockstep {

// For labels and tooltips: Graphviz first replaces &x;, then reads \x, in both. So a backslash is
// doubled; as an entity it would begin an escape sequence after all.
[[nodiscard]] std::string escaped(std::string_view text, bool lines);

// Points as inches with six decimals, by integers.
[[nodiscard]] std::string inches(int points);

// Half points, for centres: "12" or "12.5".
[[nodiscard]] std::string halves(int twice);

[[nodiscard]] std::string tenths(int value);

// "#rrggbb", or with an opacity "#rrggbbaa", as this scene shows it: 40 % of it on white paper
// where it fades; the grey of its luminance (Rec. 601) where there are no colours.
[[nodiscard]] std::string shown(const DiagramScene& scene, std::string_view colour, bool vivid);

// Equal stripes of `colour` and of paper, about three points wide, for a box of `width`: a list of
// colours for style=striped.
[[nodiscard]] std::string stripes(const std::string& colour, int width);

// The card as an HTML-like label. Cells have fixed sizes, so that no font decides how large it is.
[[nodiscard]] std::string card_html(const Card& card);

}  // namespace lockstep
