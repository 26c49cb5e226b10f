// The timing diagrams of a report: around the slowest request and around a typical one.
//
// A diagram needs a RunLog; it gets one of only those requests that are there at the time, so that
// a run of millions is not held twice. The pictures are those of `lockstep diagram --request N`,
// as SVG to stand in a page: ids begin with the diagram's name, no XML declaration. A request that
// waited while the server did too much for one picture (of a server that drowns) has none, but a
// sentence that says so.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "reports/report_curve.h"
#include "traces/run_table.h"

namespace lockstep {

struct ReportDiagram {
  std::string name;   // "worst", "typical"
  std::string title;  // "Around the slowest request (1234)"
  std::string svg;    // "" when there is a note
  std::string note;   // why it is not drawn
};

// What is drawn at most: requests that are there meanwhile, batches in the picture.
inline constexpr std::size_t kDrawnRequestsMost = 20'000;
inline constexpr std::size_t kDrawnBatchesMost = 500;

// Empty without an answered request. Errors: Graphviz.
[[nodiscard]] Result<std::vector<ReportDiagram>> report_diagrams(const RunTable& table,
                                                                 const LatencyOrder& order);

// Every request that is there in the time that a diagram around `focus` can show, and its batch.
[[nodiscard]] RunLog log_around(const RunTable& table, const RequestRecord& focus);

// `svg` for a page that holds several: ids and references to them begin with `name` and a dash.
[[nodiscard]] std::string inline_svg(const std::string& svg, const std::string& name);

}  // namespace lockstep
