#include "reports/diagram_crowd.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "reports/format.h"
#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

bool is_narrow(const Panel& panel, const BatchSpan& span) {
  return !span.box->drawn && panel.x(span.to) - panel.x(span.from) < kNarrowBox &&
         !panel.violates_batch(span.box->batch);
}

}  // namespace

SpansApart told_apart(const Panel& panel, const std::vector<BatchSpan>& spans) {
  SpansApart apart;
  std::vector<BatchSpan> narrow;
  const auto others = std::count_if(spans.begin(), spans.end(),
                                    [](const BatchSpan& span) { return !span.box->drawn; });
  const bool many = static_cast<std::size_t>(others) > kOtherBatchesMost;
  for (const BatchSpan& span : spans) {
    (many && is_narrow(panel, span) ? narrow : apart.single).push_back(span);
  }
  std::sort(narrow.begin(), narrow.end(), [](const BatchSpan& a, const BatchSpan& b) {
    return std::tie(a.row, a.from, a.box->batch) < std::tie(b.row, b.from, b.box->batch);
  });
  for (const BatchSpan& span : narrow) {
    const bool joins = !apart.crowds.empty() && apart.crowds.back().row == span.row &&
                       panel.x(span.from) <= panel.x(apart.crowds.back().to) + kNarrowGap;
    if (!joins) {
      apart.crowds.push_back({.row = span.row, .from = span.from, .to = span.to});
    }
    Crowd& crowd = apart.crowds.back();
    crowd.to = std::max(crowd.to, span.to);
    ++crowd.batches;
    crowd.rows += span.box->rows;
  }
  return apart;
}

void draw_crowd(Panel& panel, const Crowd& crowd, std::string_view what, int top,
                const LaneMeasures& measures) {
  Canvas& canvas = panel.canvas;
  const int left = panel.x(crowd.from);
  const int width = std::max(panel.x(crowd.to) - left, 1);
  const std::string id = fmt::format("{}{}{}-others-{}", panel.prefix, what, crowd.row,
                                     (crowd.from - SimTime{}).count());
  const std::string count =
      fmt::format("{} batch{}", crowd.batches, crowd.batches == 1 ? "" : "es");
  const std::string tooltip = fmt::format(
      "{} on {} {}, of requests that are not drawn\nfrom {} to {}, of {} rows on average", count,
      what, crowd.row, panel.offset(crowd.from), panel.offset(crowd.to),
      ratio_text(crowd.rows, crowd.batches, 1));
  const auto part = [&](const Rect& box, std::string_view fill, std::string_view line,
                        std::string_view name) {
    canvas.mark({.box = box,
                 .fill = fill,
                 .line = line,
                 .id = id + std::string(name),
                 .kind = "others",
                 .tooltip = tooltip});
  };
  const std::int64_t most =
      static_cast<std::int64_t>(panel.content.batch_rows_max) * static_cast<int>(crowd.batches);
  const int used = std::clamp(
      static_cast<int>(scaled(measures.box, static_cast<std::int64_t>(crowd.rows), most)), 1,
      measures.box);
  part({left, top, width, measures.box}, kPaper, "", "-ground");
  part({left, top + measures.box - used, width, used}, kMutedFill, "", "-fill");
  part({left, top, width, measures.box}, "", kMutedLine, "");
  canvas.legend.other_batches = true;
  if (width >= text_width(count, measures.text_size) + 6) {
    const int height = (measures.text_size * 12 + 99) / 100;
    canvas.optional_label(text_label(count, {left + width / 2, top + (measures.box - height) / 2},
                                     Align::kCentre, measures.text_size, kGreyText));
  }
}

}  // namespace lockstep
