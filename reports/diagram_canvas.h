// What the parts of a diagram's layout draw on: the scene so far, the label rule and the legend.
// Private to reports/diagram_*_layout.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reports/diagram_axis.h"
#include "reports/diagram_content.h"
#include "reports/diagram_scene.h"
#include "reports/diagram_style.h"

namespace lockstep {

// Only what occurs in the picture gets an entry.
struct LegendNeeds {
  std::set<Reason> reasons;
  Reason forming = Reason::kNone;      // whose tint the entry shows
  bool waiting_without_batch = false;  // or in one that has not ended
  bool lane_wait = false;
  bool filling = false;
  bool gpu_queue = false;
  bool timer = false;
  bool arrivals = false;
  bool late_arrivals = false;
  bool cancelled = false;
  bool expired = false;
  bool rows_in_ids = false;
  bool refused = false;
  bool fill = false;
  bool stages = false;
  bool padding = false;
  bool held_back = false;
  bool faults = false;
  bool sharing = false;
  bool violations = false;
  bool unfinished = false;
  bool other_batches = false;
  bool letters = false;  // at the reasons
};

// Shapes of a lower layer lie below all of a higher one, in whatever order they are made.
enum class Layer : std::uint8_t { kBands, kGrid, kDetails };

class Canvas {
 public:
  void use(Layer layer) { layer_ = layer; }  // for the shapes that follow
  void shape(std::vector<Point> points, std::string_view fill, std::string_view line);
  void band(int top, int height);  // across the page, on its own layer
  void rectangle(const Rect& rect, std::string_view fill);
  void horizontal(int left, int right, int y, std::string_view colour);
  void vertical(int x, int top, int bottom, std::string_view colour);
  std::size_t mark(Mark mark);  // returns its index
  [[nodiscard]] const Rect& mark_box(std::size_t index) const { return scene_.marks[index].box; }
  void drop_line(DropLine line);

  // Places `label`; when its box would hit another label, one line lower; else leaves it out and
  // counts that. Returns whether it stands.
  bool label(Label label);
  // Neither moved nor counted: for words that are welcome only where there is room.
  bool optional_label(Label label);

  LegendNeeds legend;
  bool vivid = false;  // of what is put here from now on
  int hidden_batches = 0;
  std::vector<std::string> notes;  // said at the foot of the page
  int foot_top = 0;                // where the next part begins

  void card(Card card) { scene_.card = std::move(card); }

  [[nodiscard]] DiagramScene finish(int height);

 private:
  [[nodiscard]] bool is_free(const Rect& box) const;

  DiagramScene scene_;
  Layer layer_ = Layer::kDetails;
  std::array<std::vector<Shape>, 3> shapes_;  // by layer
};

// What is put on the canvas in its lifetime keeps its colours where the rest is faded.
class Emphasis {
 public:
  Emphasis(Canvas& canvas, bool vivid) : canvas_(canvas), before_(canvas.vivid) {
    canvas.vivid = before_ || vivid;
  }
  Emphasis(const Emphasis&) = delete;
  Emphasis& operator=(const Emphasis&) = delete;
  ~Emphasis() { canvas_.vivid = before_; }

 private:
  Canvas& canvas_;
  bool before_;
};

// Width of the box of such a text: a little more than the text itself, because hinting and other
// fonts make it wider.
[[nodiscard]] int label_width(std::string_view text, int size_tenths);

// A label whose box fits its text: `anchor` is the left, middle or right end of its top edge.
[[nodiscard]] Label text_label(std::string text, Point anchor, Align align, int size_tenths,
                               std::string_view colour);

// One run on the canvas. The parts are laid out from top to bottom, in this order.
struct Panel {
  Canvas& canvas;
  const DiagramContent& content;
  Axis axis;
  std::string prefix;                               // of ids: "a-" and "b-" when two are stacked
  int queue_height_wanted = 0;                      // of all queue bands: higher makes bars thinner
  int queue_height_max = 0;                         // higher hides combs; not below the other
  std::map<std::uint64_t, std::size_t> walls = {};  // batch -> mark
  int first_band_top = 0;                           // for the grid lines
  bool grey = false;                                // reasons need letters
  struct Bracket {
    std::size_t violation = 0;
    int top = 0;
  };
  std::vector<Bracket> brackets = {};  // their place; drawn when the bands are

  [[nodiscard]] int x(SimTime time) const { return axis.position(time); }
  [[nodiscard]] std::string offset(SimTime time) const;  // "1.23 ms" after the window's start
  // Is it what a violation is about?
  [[nodiscard]] bool violates(const RequestRow& row) const;
  [[nodiscard]] bool violates_batch(std::uint64_t batch) const;
};

void lay_out_heading(Panel& panel);
void lay_out_violations(Panel& panel);
void draw_violations(Panel& panel, int bands_bottom);  // after the bands
void lay_out_queues(Panel& panel);
void lay_out_waiting(Panel& panel);
void lay_out_lanes(Panel& panel);
void lay_out_gpus(Panel& panel);
void lay_out_axis(Panel& panel);
void lay_out_card(Panel& panel);
void lay_out_legend(Canvas& canvas);

}  // namespace lockstep
