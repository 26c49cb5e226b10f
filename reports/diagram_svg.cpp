#include "reports/diagram_svg.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <graphviz/gvc.h>

#include "reports/diagram_graph_text.h"

namespace lockstep {
namespace {

constexpr std::string_view kCardText = "#1A1A1A";
constexpr std::string_view kCardLineColour = "#9AA5B1";
constexpr const char* kFont = "DejaVu Sans";
constexpr std::string_view kSvgFonts = R"(font-family="DejaVu Sans,Verdana,Helvetica,sans-serif")";

// What Graphviz complained about. Guarded by the mutex below; its callback has no user argument.
std::string& complaints() {
  static std::string text;
  return text;
}

int note_complaint(char* text) {
  complaints() += text;
  return 0;
}

std::mutex& graphviz_mutex() {
  static std::mutex mutex;
  return mutex;
}

// One for the process, never freed: the text plugin keeps a pointer into the last context's fonts
// and reads it in the next layout (Graphviz 2.42; found by the address sanitizer).
GVC_t* graphviz_context() {
  static GVC_t* const context = gvContext();
  return context;
}

// The library takes char* where it only reads.
char* c_text(std::string_view literal) {
  return const_cast<char*>(literal.data());
}

class Drawing {
 public:
  explicit Drawing(const DiagramScene& scene)
      : scene_(scene),
        context_(graphviz_context()),
        graph_(agopen(c_text("lockstep"), Agdirected, nullptr)) {}
  ~Drawing() {
    if (laid_out_) {
      gvFreeLayout(context_, graph_);
    }
    agclose(graph_);
  }
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

  // `dpi` only changes how many pixels a picture has.
  void build(std::string_view dpi) {
    declare_attributes(dpi);
    agsafeset(graph_, c_text("_background"), background().data(), c_text(""));
    corner("corner-0", 1, 1);
    corner("corner-1", 2 * scene_.width - 1, 2 * scene_.height - 1);
    std::vector<Agnode_t*> marks;
    for (const Mark& mark : scene_.marks) {
      marks.push_back(add_mark(mark));
    }
    for (const DropLine& line : scene_.drop_lines) {
      add_drop_line(line, marks[line.from_mark], marks[line.to_mark]);
    }
    int number = 0;
    for (const Label& label : scene_.labels) {
      add_label(label, number++);
    }
    if (scene_.card) {
      add_card(*scene_.card);
    }
  }

  // The graph in the library's own words, without laying it out: `neato -n2` draws it.
  [[nodiscard]] Result<std::string> write() {
    char* data = nullptr;
    std::size_t length = 0;
    std::FILE* const file = ::open_memstream(&data, &length);
    if (file == nullptr) {
      return tl::unexpected<Error>(Error{Errc::kIo, "no memory for the graph's text"});
    }
    const bool written = agwrite(graph_, file) == 0;
    const bool closed = std::fclose(file) == 0;
    std::string text(data, length);
    std::free(data);  // NOLINT(cppcoreguidelines-no-malloc): open_memstream's own buffer
    if (!written || !closed) {
      return tl::unexpected<Error>(Error{Errc::kIo, "Graphviz cannot write DOT: " + complaints()});
    }
    return text;
  }

  [[nodiscard]] Result<std::string> render(const char* format) {
    if (gvLayout(context_, graph_, "nop2") != 0) {
      return tl::unexpected<Error>(
          Error{Errc::kIo, "Graphviz has no layout engine nop2: " + complaints()});
    }
    laid_out_ = true;
    char* data = nullptr;
    unsigned length = 0;
    if (gvRenderData(context_, graph_, format, &data, &length) != 0 || data == nullptr) {
      return tl::unexpected<Error>(
          Error{Errc::kIo, fmt::format("Graphviz cannot write {}: {}", format, complaints())});
    }
    std::string bytes(data, length);
    gvFreeRenderData(data);
    return bytes;
  }

 private:
  void declare_attributes(std::string_view dpi) {
    const auto declare = [&](int kind, std::string_view name, std::string_view value) {
      agattr(graph_, kind, c_text(name), c_text(value));
    };
    declare(AGRAPH, "pad", "0");
    declare(AGRAPH, "bgcolor", "#FFFFFF");
    declare(AGRAPH, "outputorder", "edgesfirst");
    declare(AGRAPH, "fontname", kFont);
    declare(AGRAPH, "dpi", dpi);
    declare(AGNODE, "shape", "box");
    declare(AGNODE, "fixedsize", "true");
    declare(AGNODE, "margin", "0");
    // Not "": the library does not write that down, and whoever reads its file takes the names.
    declare(AGNODE, "label", "\\N");
    declare(AGNODE, "fontname", kFont);
    declare(AGNODE, "penwidth", "0.8");
    declare(AGNODE, "fontsize", "1.0");  // of no words: they fit any box
    for (const std::string_view name : {"pos", "width", "height", "style", "fillcolor", "color",
                                        "peripheries", "tooltip", "id", "class", "fontcolor"}) {
      declare(AGNODE, name, "");
    }
    declare(AGEDGE, "arrowhead", "none");
    declare(AGEDGE, "penwidth", "0.8");
    for (const std::string_view name : {"pos", "style", "color", "class"}) {
      declare(AGEDGE, name, "");
    }
  }

  [[nodiscard]] int flipped(int y) const { return scene_.height - y; }

  [[nodiscard]] std::string background() const {
    std::string text;
    for (const Shape& shape : scene_.shapes) {
      const bool filled = !shape.fill.empty();
      const std::string colour = shown(scene_, filled ? shape.fill : shape.line, shape.vivid);
      // A filled polygon is outlined with the pen, so the pen is made invisible there.
      text += filled ? fmt::format("c 9 -#ffffff00 C {} -{} P {}", colour.size(), colour,
                                   shape.points.size())
                     : fmt::format("S 17 -setlinewidth(0.8) c {} -{} L {}", colour.size(), colour,
                                   shape.points.size());
      for (const Point& point : shape.points) {
        text += fmt::format(" {} {}", point.x, flipped(point.y));
      }
      text += ' ';
    }
    return text;
  }

  void set(void* object, std::string_view name, const std::string& value) {
    agset(object, c_text(name), const_cast<char*>(value.c_str()));
  }

  Agnode_t* node(const std::string& name, const Rect& box) {
    Agnode_t* made = agnode(graph_, const_cast<char*>(name.c_str()), 1);
    set(made, "label", "");
    set(made, "pos",
        fmt::format("{},{}", halves(2 * box.left + box.width),
                    halves(2 * flipped(box.top) - box.height)));
    set(made, "width", inches(box.width));
    set(made, "height", inches(box.height));
    return made;
  }

  // Invisible points that fix the page: the library takes its size from the nodes.
  void corner(const std::string& name, int twice_x, int twice_y) {
    Agnode_t* made = node(name, {0, 0, 1, 1});
    set(made, "pos", fmt::format("{},{}", halves(twice_x), halves(twice_y)));
    set(made, "style", "invis");
  }

  Agnode_t* add_mark(const Mark& mark) {
    Agnode_t* made = node(mark.id, mark.box);
    set(made, "id", mark.id);
    set(made, "class", mark.kind);
    set(made, "tooltip", escaped(mark.tooltip, true));
    if (mark.form == MarkForm::kCircle || mark.form == MarkForm::kTriangle) {
      set(made, "shape", mark.form == MarkForm::kCircle ? "circle" : "triangle");
    }
    if (!mark.fill.empty()) {
      const std::string fill = shown(scene_, mark.fill, mark.vivid);
      const bool striped = mark.form == MarkForm::kStripes;
      set(made, "style", striped ? "striped" : "filled");
      set(made, "fillcolor", striped ? stripes(fill, mark.box.width) : fill);
    }
    if (mark.line.empty()) {
      set(made, "peripheries", "0");
    } else {
      set(made, "color", shown(scene_, mark.line, mark.vivid));
    }
    return made;
  }

  void add_label(const Label& label, int number) {
    Agnode_t* made = node(label.id.empty() ? fmt::format("label-{}", number) : label.id, label.box);
    const char* justified = label.align == Align::kLeft    ? "\\l"
                            : label.align == Align::kRight ? "\\r"
                                                           : "";
    set(made, "label", escaped(label.text, false) + justified);
    set(made, "fontsize", tenths(label.size_tenths));
    set(made, "fontcolor", shown(scene_, label.colour, label.vivid));
    set(made, "peripheries", "0");
    set(made, "class", "label");
    if (!label.id.empty()) {
      set(made, "id", label.id);
    }
    if (!label.tooltip.empty()) {
      set(made, "tooltip", escaped(label.tooltip, true));
    }
    if (!label.ground.empty()) {
      set(made, "style", "filled");
      set(made, "fillcolor", shown(scene_, label.ground, label.vivid));
    }
  }

  void add_card(const Card& card) {
    Agnode_t* made = node(card.id, card.box);
    set(made, "id", card.id);
    set(made, "class", "card");
    set(made, "fontsize", "8.0");
    set(made, "fontcolor", shown(scene_, kCardText, false));
    set(made, "color", shown(scene_, kCardLineColour, false));
    char* const html = agstrdup_html(graph_, const_cast<char*>(card_html(card).c_str()));
    agset(made, c_text("label"), html);
    agstrfree(graph_, html);
  }

  void add_drop_line(const DropLine& line, Agnode_t* from, Agnode_t* to) {
    Agedge_t* edge = agedge(graph_, from, to, nullptr, 1);
    const int top = flipped(line.top);
    const int bottom = flipped(line.bottom);
    set(edge, "pos",
        fmt::format("{0},{1} {0},{2} {0},{3} {0},{4}", line.x, top, (2 * top + bottom) / 3,
                    (top + 2 * bottom) / 3, bottom));
    set(edge, "style", line.dashed ? "dashed" : "solid");
    set(edge, "color", shown(scene_, line.colour, line.vivid));
    set(edge, "class", "drop");
  }

  const DiagramScene& scene_;
  GVC_t* context_;
  Agraph_t* graph_;
  bool laid_out_ = false;
};

// Into a new text: moving the rest of megabytes at each place takes minutes.
std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  std::size_t begin = 0;
  for (std::size_t at = text.find(from); at != std::string_view::npos;
       at = text.find(from, begin)) {
    out += text.substr(begin, at - begin);
    out += to;
    begin = at + from.size();
  }
  return out += text.substr(begin);
}

// Quotation marks of outside text are escaped by the renderer, so these patterns are its own.
std::string tidy_svg(std::string svg) {
  const std::size_t comment = svg.find("<!-- Generated by graphviz");
  const std::size_t end = svg.find("-->", comment);
  if (comment != std::string::npos && end != std::string::npos) {
    svg.erase(comment, end + 4 - comment);
  }
  svg = replaced(svg, R"(font-family="DejaVu Sans")", kSvgFonts);
  svg = replaced(svg, R"(stroke="transparent")", R"(stroke="none")");
  return replaced(svg, R"(fill="transparent")", R"(fill="none")");
}

// The PDF writer dates its files: the same picture must be the same bytes. The date is replaced
// digit by digit, because the file has offsets of what follows.
std::string without_date(std::string pdf) {
  constexpr std::string_view kDate = "20000101000000";
  for (const std::string_view key : {"/CreationDate (D:", "/ModDate (D:"}) {
    const std::size_t at = pdf.find(key);
    const std::size_t begin = at + key.size();
    const std::size_t end = pdf.find(')', at);
    for (std::size_t i = begin; at != std::string::npos && i < std::min(end, pdf.size()); ++i) {
      // Behind the seconds stands the zone: Z, or a sign with digits and apostrophes.
      const bool digit = pdf[i] >= '0' && pdf[i] <= '9';
      const bool dated = i - begin < kDate.size();
      pdf[i] = dated ? kDate[i - begin] : digit ? '0' : pdf[i] == '-' ? '+' : pdf[i];
    }
  }
  return pdf;
}

}  // namespace

Result<std::string> render_scene(const DiagramScene& scene, PictureFormat format) {
  const std::scoped_lock lock(graphviz_mutex());
  complaints().clear();
  // Warnings only say that another font is wider than ours: its text then overhangs a little.
  const agerrlevel_t level = agseterr(AGERR);
  const agusererrf previous = agseterrf(note_complaint);
  const auto drawn = [&]() -> Result<std::string> {
    Drawing drawing(scene);
    drawing.build(format == PictureFormat::kPng ? "144" : "72");
    switch (format) {
      case PictureFormat::kSvg:
        return drawing.render("svg").map(tidy_svg);
      case PictureFormat::kPng:
        return drawing.render("png");
      case PictureFormat::kPdf:
        return drawing.render("pdf").map(without_date);
      case PictureFormat::kDot:
        return drawing.write();
    }
    return tl::unexpected<Error>(Error{Errc::kInternal, "unknown picture format"});
  }();
  agseterrf(previous);
  agseterr(level);
  return drawn;
}

}  // namespace lockstep
