#include "reports/diagram.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "reports/diagram_card.h"
#include "reports/diagram_content.h"
#include "reports/diagram_layout.h"
#include "reports/diagram_svg.h"
#include "reports/diagram_text.h"
#include "reports/format.h"

namespace lockstep {
namespace {

// "t.csv, load 2x"
std::string traffic_text(const RunLog& run) {
  const std::string load = run.setting("load");
  return displayable(run.setting("trace"), 48) + (load.empty() ? "" : ", load " + load);
}

std::string queue_text(const RunLog& run, const RequestRow& row) {
  return row.queue < run.queue_names.size() ? run.queue_names[row.queue] : "";
}

tl::unexpected<Error> different_requests(const RunLog& a, const RunLog& b,
                                         const std::string& difference) {
  return bad_input(
      fmt::format("found runs of different requests (A: {}; B: {}): {}; expected two runs of the "
                  "same trace at the same load",
                  traffic_text(a), traffic_text(b), difference));
}

// Whatever the traces are called: every request of A is in B, and no other. Both are sorted by id.
Result<void> require_same_requests(const RunLog& a, const RunLog& b) {
  const std::size_t both = std::min(a.requests.size(), b.requests.size());
  for (std::size_t i = 0; i < both; ++i) {
    const RequestRow& first = a.requests[i];
    const RequestRow& second = b.requests[i];
    if (first.arrival != second.arrival) {
      return different_requests(
          a, b,
          fmt::format("request {} arrives at {} in A and at {} in B", first.request,
                      exact_time(first.arrival.time_since_epoch()),
                      exact_time(second.arrival.time_since_epoch())));
    }
    if (first.request != second.request || first.size != second.size ||
        first.priority != second.priority || first.client != second.client ||
        queue_text(a, first) != queue_text(b, second)) {
      return different_requests(
          a, b,
          fmt::format("request {} has another number, queue, size, priority or client in B",
                      first.request));
    }
  }
  if (a.requests.size() != b.requests.size()) {
    return different_requests(
        a, b, fmt::format("A has {} and B has {}", a.requests.size(), b.requests.size()));
  }
  return {};
}

Result<DiagramWindow> window_of_other(const RunLog& run, const DiagramWindow& window,
                                      const DiagramOptions& options) {
  if (const Result<void> same = require_same_requests(run, *options.against); !same) {
    return tl::unexpected(same.error());
  }
  return options.window.kind == WindowChoice::Kind::kTimes
             ? choose_window(*options.against, options.window)
             : same_requests(run, window, *options.against);
}

// In a span of time, each half shows what arrives there and what still waits at its begin; the
// latter need not be the same.
void name_differences(std::span<DiagramContent, 2> halves) {
  const std::array<std::set<std::uint64_t>, 2> drawn = {drawn_requests(halves[0]),
                                                        drawn_requests(halves[1])};
  for (std::size_t half = 0; half < 2; ++half) {
    const auto alone = std::count_if(drawn[half].begin(), drawn[half].end(), [&](std::uint64_t id) {
      return !drawn[1 - half].contains(id);
    });
    if (alone > 0) {
      halves[half].title += fmt::format("; {} not in the other half", alone);
    }
  }
}

PictureFormat picture_format(DiagramFormat format) {
  return format == DiagramFormat::kPng   ? PictureFormat::kPng
         : format == DiagramFormat::kPdf ? PictureFormat::kPdf
         : format == DiagramFormat::kDot ? PictureFormat::kDot
                                         : PictureFormat::kSvg;
}

}  // namespace

Result<std::string> draw_diagram(const RunLog& run, const DiagramOptions& options) {
  DiagramOptions chosen = options;
  if (chosen.format == DiagramFormat::kText) {  // a line for each request
    chosen.window.most_requests = std::min(chosen.window.most_requests, kDiagramBarRequests);
  }
  Result<DiagramWindow> window = choose_window(run, chosen.window);
  if (!window) {
    return tl::unexpected<Error>(window.error());
  }
  std::vector<DiagramContent> contents;
  if (chosen.against != nullptr) {
    Result<DiagramWindow> other = window_of_other(run, *window, chosen);
    if (!other) {
      return tl::unexpected<Error>(other.error());
    }
    window->from = other->from = std::min(window->from, other->from);
    window->to = other->to = std::max(window->to, other->to);
    contents.push_back(collect_content(run, *window, chosen.events));
    contents.push_back(collect_content(*chosen.against, *other, chosen.events_against));
    name_differences(std::span<DiagramContent, 2>(contents));
  } else {
    contents.push_back(collect_content(run, *window, chosen.events));
  }
  mark_violations(chosen.violations, contents.front());
  if (chosen.window.kind == WindowChoice::Kind::kBatch) {
    contents.front().card = collect_card(run, chosen.window.id, chosen.events);
  }
  if (chosen.format == DiagramFormat::kText) {
    return diagram_text(contents);
  }
  DiagramScene scene = lay_out(contents, chosen.grey);
  return render_scene(scene, picture_format(chosen.format));
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
  if (ending == ".pdf") {
    return DiagramFormat::kPdf;
  }
  if (ending == ".dot" || ending == ".gv") {
    return DiagramFormat::kDot;
  }
  if (ending == ".txt") {
    return DiagramFormat::kText;
  }
  return bad_input(
      fmt::format("found output file '{}', expected one ending in .svg, .png, .pdf, "
                  ".dot or .txt",
                  file_name));
}

}  // namespace lockstep
