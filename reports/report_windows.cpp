#include "reports/report_windows.h"

#include <algorithm>
#include <string_view>

#include "reports/diagram.h"
#include "reports/format.h"

namespace lockstep {
namespace {

struct TimeSpan {
  SimTime from = kForever;
  SimTime to{};
};

bool is_there(const RequestRecord& request, const TimeSpan& span) {
  return request.arrival <= span.to && request.finished >= span.from;
}

// Of the requests that a window around `focus` may begin with: as many as one may show, each way.
TimeSpan span_around(const RunTable& table, const RequestRecord& focus) {
  const std::uint64_t first =
      focus.request - std::min<std::uint64_t>(focus.request, kDiagramMostRequests);
  const std::uint64_t last =
      std::min<std::uint64_t>(focus.request + kDiagramMostRequests, table.requests.size() - 1);
  TimeSpan span{.from = table.requests[first].arrival, .to = table.requests[last].arrival};
  for (std::uint64_t i = first; i <= last; ++i) {
    if (table.requests[i].has_ended()) {
      span.to = std::max(span.to, table.requests[i].finished);
    }
  }
  return span;
}

// With the members of the same batches, which may have arrived before: the picture may begin with
// them.
TimeSpan whole_span_around(const RunTable& table, const RequestRecord& focus) {
  TimeSpan span = span_around(table, focus);
  SimTime earliest = span.from;
  for (const RequestRecord& request : table.requests) {
    if (is_there(request, span)) {
      earliest = std::min(earliest, request.arrival);
    }
  }
  span.from = earliest;
  return span;
}

std::size_t batches_between(const RunLog& log, SimTime from, SimTime to) {
  return static_cast<std::size_t>(
      std::count_if(log.batches.begin(), log.batches.end(), [&](const BatchRow& batch) {
        return batch.record.lane_taken < to && batch.record.finished > from;
      }));
}

std::string too_much(std::size_t count, std::string_view what, const RequestRecord& focus) {
  return "Not drawn: " + std::to_string(count) + " " + std::string(what) +
         " are in the time that it would show. lockstep diagram RUN --request " +
         std::to_string(focus.request) +
         " draws it, --from TIME --to TIME parts of it; the request arrived at " +
         exact_time(focus.arrival.time_since_epoch()) + ".";
}

Result<ReportDiagram> around(const RunTable& table, const RequestRecord& focus,
                             const std::string& name, std::string_view what) {
  ReportDiagram diagram{
      .name = name,
      .title = "Around " + std::string(what) + " request (" + std::to_string(focus.request) + ")",
      .svg = "",
      .note = ""};
  const TimeSpan span = whole_span_around(table, focus);
  const auto there = static_cast<std::size_t>(
      std::count_if(table.requests.begin(), table.requests.end(),
                    [&](const RequestRecord& request) { return is_there(request, span); }));
  if (there > kDrawnRequestsMost) {
    diagram.note = too_much(there, "requests", focus);
    return diagram;
  }
  const RunLog log = log_around(table, focus);
  const WindowChoice choice{.kind = WindowChoice::Kind::kRequest, .id = focus.request};
  const Result<DiagramWindow> window = choose_window(log, choice);
  if (!window) {
    return tl::unexpected(window.error());
  }
  const std::size_t batches = batches_between(log, window->from, window->to);
  if (batches > kDrawnBatchesMost) {
    diagram.note = too_much(batches, "batches", focus);
    return diagram;
  }
  const Result<std::string> svg = draw_diagram(log, {.window = choice});
  if (!svg) {
    return tl::unexpected(svg.error());
  }
  diagram.svg = inline_svg(*svg, name);
  return diagram;
}

}  // namespace

RunLog log_around(const RunTable& table, const RequestRecord& focus) {
  const TimeSpan span = whole_span_around(table, focus);
  RunLog log;
  log.directory = table.run.directory;
  log.settings = table.run.settings;
  log.digest = table.run.digest;
  log.lane_count = table.run.lane_count;
  log.gpu_count = table.run.gpu_count;
  log.queue_names = table.run.queue_names;
  for (const RequestRecord& request : table.requests) {
    if (is_there(request, span)) {
      log.requests.push_back(table.row(request));
    }
  }
  for (const BatchRow& batch : table.run.batches) {
    if (batch.record.opened <= span.to && batch.record.finished >= span.from) {
      log.batches.push_back(batch);
    }
  }
  return log;
}

std::string inline_svg(const std::string& svg, const std::string& name) {
  std::string_view rest = svg;
  rest.remove_prefix(std::min(rest.find("<svg"), rest.size()));
  std::string text;
  text.reserve(rest.size() + rest.size() / 8);
  constexpr std::string_view kId = " id=\"";
  while (true) {
    const std::size_t at = rest.find(kId);
    if (at == std::string_view::npos) {
      break;
    }
    text += rest.substr(0, at + kId.size());
    text += name + "-";
    rest.remove_prefix(at + kId.size());
  }
  text += rest;
  return text;
}

Result<std::vector<ReportDiagram>> report_diagrams(const RunTable& table,
                                                   const LatencyOrder& order) {
  std::vector<ReportDiagram> diagrams;
  if (order.count() == 0) {
    return diagrams;
  }
  // Of equally slow requests the first, as `lockstep diagram` has it.
  const std::uint64_t slower = order.count_within(order.at(order.count()) - SimDuration{1});
  const std::uint64_t faster =
      order.count_within(order.at((order.count() + 1) / 2) - SimDuration{1});
  Result<ReportDiagram> worst = around(table, order.request_at(slower + 1), "worst", "the slowest");
  Result<ReportDiagram> typical =
      around(table, order.request_at(faster + 1), "typical", "a typical");
  if (!worst || !typical) {
    return tl::unexpected((!worst ? worst : typical).error());
  }
  diagrams.push_back(std::move(*worst));
  diagrams.push_back(std::move(*typical));
  return diagrams;
}

}  // namespace lockstep
