// A finished drawing: rectangles, lines and words at whole points, ready to be written out.
//
// y grows downwards from the top of the page. Whole points because the drawing library rounds the
// sizes of boxes to them; so edges that belong together meet exactly. Draw order: shapes, drop
// lines, marks in order, labels, card. Colours are "#rrggbb" literals with static lifetime; empty =
// none. What is `vivid` keeps its colour where the rest is faded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

struct Rect {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
  [[nodiscard]] int right() const { return left + width; }
  [[nodiscard]] int bottom() const { return top + height; }
  [[nodiscard]] bool overlaps(const Rect& other) const {
    return left < other.right() && other.left < right() && top < other.bottom() &&
           other.top < bottom();
  }
};

struct Point {
  int x = 0;
  int y = 0;
};

// Background, below everything: a filled polygon or an open line.
struct Shape {
  std::vector<Point> points;
  std::string_view fill;
  std::string_view line;
  bool vivid = false;
};

enum class MarkForm : std::uint8_t {
  kBox,
  kStripes,  // a box in stripes of its fill and of paper
  kCircle,   // hollow
  kTriangle,
};

// A box that stands for something: it has an id, a class and words to show when pointed at.
struct Mark {
  Rect box;
  std::string_view fill;
  std::string_view line;
  std::string id;
  std::string kind;  // class names: "bar full", "wall timeout"
  std::string tooltip;
  MarkForm form = MarkForm::kBox;
  bool vivid = false;
};

// A vertical line from one mark to another.
struct DropLine {
  int x = 0;
  int top = 0;
  int bottom = 0;
  std::string_view colour;
  bool dashed = true;
  std::size_t from_mark = 0;  // indices into marks
  std::size_t to_mark = 0;
  bool vivid = false;
};

enum class Align : std::uint8_t { kLeft, kCentre, kRight };

struct Label {
  Rect box;
  std::string text;
  int size_tenths = 80;  // font size in tenths of a point
  Align align = Align::kLeft;
  std::string_view colour;
  std::string_view ground;  // empty: transparent
  std::string id;           // may be empty
  std::string tooltip;
  bool vivid = false;
};

// A table of words that stand side by side, drawn as an HTML-like label.
struct CardColumn {
  std::string heading;
  std::vector<std::string> lines;
  int width = 0;  // points; wider text overhangs
};
struct Card {
  Rect box;
  std::string id;
  std::vector<CardColumn> columns;
};
inline constexpr int kCardLine = 12;  // points from one line of a card to the next

struct DiagramScene {
  int width = 0;
  int height = 0;
  std::vector<Shape> shapes;
  std::vector<DropLine> drop_lines;
  std::vector<Mark> marks;
  std::vector<Label> labels;
  std::optional<Card> card;
  bool grey = false;   // for printers without colours
  bool faded = false;  // all but what is vivid at 40 % of its strength
  int dropped_labels = 0;
  int hidden_batches = 0;
};

}  // namespace lockstep
