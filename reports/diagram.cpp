#include "reports/diagram.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "reports/diagram_content.h"
#include "reports/diagram_layout.h"
#include "reports/diagram_svg.h"
#include "reports/diagram_text.h"

namespace lockstep {
namespace {

Result<DiagramWindow> window_of_other(const RunLog& run, const DiagramWindow& window,
                                      const DiagramOptions& options) {
  if (options.window.kind == WindowChoice::Kind::kTimes) {
    return choose_window(*options.against, options.window);
  }
  DiagramWindow other = same_requests(run, window, *options.against);
  if (other.requests.empty()) {
    return bad_input("the two runs have no request in common: they are not of the same trace");
  }
  return other;
}

PictureFormat picture_format(DiagramFormat format) {
  return format == DiagramFormat::kPng   ? PictureFormat::kPng
         : format == DiagramFormat::kDot ? PictureFormat::kDot
                                         : PictureFormat::kSvg;
}

}  // namespace

Result<std::string> draw_diagram(const RunLog& run, const DiagramOptions& options) {
  Result<DiagramWindow> window = choose_window(run, options.window);
  if (!window) {
    return tl::unexpected<Error>(window.error());
  }
  std::vector<DiagramContent> contents;
  if (options.against != nullptr) {
    Result<DiagramWindow> other = window_of_other(run, *window, options);
    if (!other) {
      return tl::unexpected<Error>(other.error());
    }
    window->from = other->from = std::min(window->from, other->from);
    window->to = other->to = std::max(window->to, other->to);
    contents.push_back(collect_content(run, *window));
    contents.push_back(collect_content(*options.against, *other));
  } else {
    contents.push_back(collect_content(run, *window));
  }
  if (options.format == DiagramFormat::kText) {
    return diagram_text(contents);
  }
  return render_scene(lay_out(contents), picture_format(options.format));
}

Result<DiagramFormat> diagram_format_for(std::string_view file_name) {
  const std::size_t dot = file_name.rfind('.');
  const std::string_view ending = dot == std::string_view::npos ? "" : file_name.substr(dot);
  if (ending == ".svg") {
    return DiagramFormat::kSvg;
  }
  if (ending == ".png") {
    return DiagramFormat::kPng;
  }
  if (ending == ".dot" || ending == ".gv") {
    return DiagramFormat::kDot;
  }
  if (ending == ".txt") {
    return DiagramFormat::kText;
  }
  return bad_input(
      fmt::format("found output file '{}', expected one ending in .svg, .png, .dot "
                  "or .txt",
                  file_name));
}

}  // namespace lockstep
