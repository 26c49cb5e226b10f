// The queue bands: combs packed into tracks at a density that fits the page, and who was refused.
#include <algorithm>

#include <fmt/format.h>

#include "reports/diagram_canvas.h"
#include "reports/diagram_comb.h"
#include "reports/diagram_packing.h"
#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kNameSize = 90;
constexpr int kHeaderHeight = 14;  // for a queue name that does not fit the margin
constexpr int kRefusedHeight = 16;
constexpr int kStatusSize = 65;

// What they were answered with, beside their crosses where there is room.
void draw_refused_statuses(Panel& panel, const QueueBand& queue, int top) {
  for (const RequestRow* row : queue.refused) {
    const Emphasis emphasis(panel.canvas, panel.violates(*row));
    const int x = panel.x(row->arrival);
    const std::string text(status_name(row->status));
    const bool left = x + 6 + label_width(text, kStatusSize) > kPageWidth - 4;
    Label status = text_label(text, {left ? x - 5 : x + 5, top - 1},
                              left ? Align::kRight : Align::kLeft, kStatusSize, kRed);
    status.tooltip = request_tooltip(panel, *row);
    status.ground = kBand;
    panel.canvas.optional_label(std::move(status));
  }
}

void draw_refused(Panel& panel, const QueueBand& queue, int top) {
  for (const RequestRow* row : queue.refused) {
    const Emphasis emphasis(panel.canvas, panel.violates(*row));
    const std::string tooltip = request_tooltip(panel, *row);
    const int x = panel.x(row->arrival);
    panel.canvas.mark({.box = {x - 1, top + 8, 2, 7},
                       .fill = kRed,
                       .line = "",
                       .id = fmt::format("{}r{}", panel.prefix, row->request),
                       .kind = "arrival refused",
                       .tooltip = tooltip});
    // Crosses that would hit another stand for it: the tick below is enough.
    Label cross = text_label("×", {x, top}, Align::kCentre, 80, kRed);
    cross.box = {x - 4, top - 1, 8, 9};
    cross.tooltip = tooltip;
    panel.canvas.optional_label(std::move(cross));
    panel.canvas.legend.refused = true;
  }
  draw_refused_statuses(panel, queue, top);
}

struct BandPlan {
  std::vector<CombPlan> combs;
  Packing packing;
  bool header = false;
  int height = 0;
};

constexpr int kBandGap = 6;
constexpr int kUnlimited = 1'000'000;

// `height_max` is of the whole band and the gap below it.
BandPlan plan_band(const Panel& panel, const QueueBand& queue, const Density& density,
                   int height_max) {
  BandPlan band;
  band.header = panel.content.queues.size() > 1 || text_width(queue.name, kNameSize) > 46;
  std::vector<PackBox> boxes;
  for (const Comb& comb : queue.combs) {
    band.combs.push_back(plan_comb(panel, comb, density));
    boxes.push_back(band.combs.back().box);
  }
  const int around =
      (band.header ? kHeaderHeight : 0) + (queue.refused.empty() ? 0 : kRefusedHeight) + 8;
  band.packing = pack_first_fit(boxes, height_max - around - kBandGap);
  band.height = std::max(band.packing.height + around, 34);
  return band;
}

std::vector<BandPlan> plan_bands(const Panel& panel, const Density& density, int each_height_max) {
  std::vector<BandPlan> bands;
  for (const QueueBand& queue : panel.content.queues) {
    bands.push_back(plan_band(panel, queue, density, each_height_max));
  }
  return bands;
}

int total_height(const std::vector<BandPlan>& bands) {
  int sum = 0;
  for (const BandPlan& band : bands) {
    sum += band.height + kBandGap;
  }
  return sum;
}

// What each band may have so that all fit: what low bands leave goes to the high ones.
int fair_height(const std::vector<BandPlan>& bands, int total) {
  std::vector<int> needs;
  needs.reserve(bands.size());
  for (const BandPlan& band : bands) {
    needs.push_back(band.height + kBandGap);
  }
  std::sort(needs.begin(), needs.end());
  auto left = static_cast<int>(needs.size());
  for (const int need : needs) {
    if (need > total / left) {
      return total / left;
    }
    total -= need;
    --left;
  }
  return kUnlimited;
}

struct QueuesPlan {
  Density density;
  std::vector<BandPlan> bands;
};

// The most readable density that fits. Only the thinnest may be higher, and only it hides combs.
QueuesPlan plan_queues(const Panel& panel) {
  const std::size_t requests = panel.content.request_count;
  const bool outlines = requests > kDiagramBarRequests;
  const std::size_t first = outlines                                ? kFirstOutline
                            : requests > kDiagramFullDetailRequests ? 1
                                                                    : 0;
  const std::size_t end = outlines ? kDensities.size() : kFirstOutline;
  QueuesPlan plan{};
  for (std::size_t choice = first; choice < end; ++choice) {
    plan = {kDensities[choice], plan_bands(panel, kDensities[choice], kUnlimited)};
    if (total_height(plan.bands) <= panel.queue_height_wanted) {
      return plan;
    }
  }
  if (const int each = fair_height(plan.bands, panel.queue_height_max); each < kUnlimited) {
    plan.bands = plan_bands(panel, plan.density, each);
  }
  return plan;
}

}  // namespace

void lay_out_queues(Panel& panel) {
  Canvas& canvas = panel.canvas;
  const auto [density, bands] = plan_queues(panel);
  panel.first_band_top = canvas.foot_top;
  for (std::size_t i = 0; i < bands.size(); ++i) {
    const BandPlan& band = bands[i];
    const QueueBand& queue = panel.content.queues[i];
    int top = canvas.foot_top;
    canvas.band(top, band.height);
    canvas.label(text_label(queue.name, {8, top + 3}, Align::kLeft, kNameSize, kInk));
    top += band.header ? kHeaderHeight : 0;
    for (std::size_t j = 0; j < band.combs.size(); ++j) {
      if (band.packing.tops[j]) {
        draw_comb(panel, band.combs[j], top + 3 + *band.packing.tops[j], density);
      }
    }
    draw_refused(panel, queue, canvas.foot_top + band.height - kRefusedHeight);
    canvas.hidden_batches += band.packing.hidden;
    canvas.foot_top += band.height + kBandGap;
  }
  if (std::string hidden = hidden_queues_text(panel.content); !hidden.empty()) {
    canvas.notes.push_back(std::move(hidden));
  }
}

}  // namespace lockstep
