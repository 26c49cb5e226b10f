#include "reports/diagram_canvas.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "reports/text_width.h"

namespace lockstep {

void Canvas::shape(std::vector<Point> points, std::string_view fill, std::string_view line) {
  shapes_[static_cast<std::size_t>(layer_)].push_back({std::move(points), fill, line, vivid});
}

void Canvas::rectangle(const Rect& rect, std::string_view fill) {
  shape({{rect.left, rect.top},
         {rect.right(), rect.top},
         {rect.right(), rect.bottom()},
         {rect.left, rect.bottom()}},
        fill, "");
}

void Canvas::band(int top, int height) {
  const Layer before = layer_;
  use(Layer::kBands);
  rectangle({0, top, diagram::kPageWidth, height}, diagram::kBand);
  use(before);
}

void Canvas::horizontal(int left, int right, int y, std::string_view colour) {
  shape({{left, y}, {right, y}}, "", colour);
}

void Canvas::vertical(int x, int top, int bottom, std::string_view colour) {
  shape({{x, top}, {x, bottom}}, "", colour);
}

std::size_t Canvas::mark(Mark mark) {
  mark.vivid = vivid;
  scene_.marks.push_back(std::move(mark));
  return scene_.marks.size() - 1;
}

void Canvas::drop_line(DropLine line) {
  line.vivid = vivid;
  scene_.drop_lines.push_back(line);
}

bool Canvas::is_free(const Rect& box) const {
  return std::none_of(scene_.labels.begin(), scene_.labels.end(),
                      [&](const Label& other) { return other.box.overlaps(box); });
}

bool Canvas::label(Label label) {
  if (!is_free(label.box)) {
    label.box.top += label.box.height;
  }
  if (!optional_label(std::move(label))) {
    ++scene_.dropped_labels;
    return false;
  }
  return true;
}

bool Canvas::optional_label(Label label) {
  if (!is_free(label.box)) {
    return false;
  }
  label.vivid = vivid;
  scene_.labels.push_back(std::move(label));
  return true;
}

DiagramScene Canvas::finish(int height) {
  for (std::vector<Shape>& shapes : shapes_) {
    scene_.shapes.insert(scene_.shapes.end(), std::make_move_iterator(shapes.begin()),
                         std::make_move_iterator(shapes.end()));
    shapes.clear();
  }
  scene_.width = diagram::kPageWidth;
  scene_.height = height;
  scene_.hidden_batches = hidden_batches;
  return std::move(scene_);
}

int label_width(std::string_view text, int size_tenths) {
  const int tight = text_width(text, size_tenths);
  return tight + tight / 16 + 3;
}

Label text_label(std::string text, Point anchor, Align align, int size_tenths,
                 std::string_view colour) {
  const int width = label_width(text, size_tenths);
  const int height = (size_tenths * 12 + 99) / 100;
  const int left = align == Align::kLeft    ? anchor.x
                   : align == Align::kRight ? anchor.x - width
                                            : anchor.x - width / 2;
  return Label{.box = {left, anchor.y, width, height},
               .text = std::move(text),
               .size_tenths = size_tenths,
               .align = align,
               .colour = colour,
               .ground = "",
               .id = "",
               .tooltip = ""};
}

bool Panel::violates(const RequestRow& row) const {
  return std::any_of(content.violations.begin(), content.violations.end(),
                     [&](const DiagramViolation& violation) {
                       return violation.request ? violation.request == row.request
                                                : row.batch && violation.batch == row.batch;
                     });
}

bool Panel::violates_batch(std::uint64_t batch) const {
  return std::any_of(
      content.violations.begin(), content.violations.end(), [&](const DiagramViolation& violation) {
        if (violation.batch) {
          return violation.batch == batch;
        }
        const auto box = std::lower_bound(
            content.boxes.begin(), content.boxes.end(), batch,
            [](const LaneBox& other, std::uint64_t wanted) { return other.batch < wanted; });
        return violation.lane && box != content.boxes.end() && box->batch == batch &&
               box->lane == violation.lane && box->lane_taken < violation.to &&
               box->finished > violation.from;
      });
}

std::string Panel::offset(SimTime time) const {
  if (time == kForever) {
    return "never";
  }
  // Instants before the window stand with a sign.
  const bool before = time < content.from;
  const SimDuration span = before ? content.from - time : time - content.from;
  return (before ? "-" : "") + exact_time(span);
}

}  // namespace lockstep
