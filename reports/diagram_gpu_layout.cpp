// Who had the GPUs: explains boxes that stretch. One row per GPU: which batch it works on, or,
// where it works on several at once, how many.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "reports/diagram_canvas.h"
#include "reports/diagram_crowd.h"
#include "reports/diagram_lane.h"
#include "reports/text_width.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kGpuPitch = 16;
constexpr int kRowHeight = 12;
constexpr std::size_t kMostGpus = 4;

using BusyByGpu = std::map<std::uint32_t, std::vector<BatchSpan>>;

// While the GPU computes them, in the order of the batches' numbers.
BusyByGpu busy_spans(const DiagramContent& content) {
  BusyByGpu gpus;
  for (const LaneBox& box : content.boxes) {
    const SimTime from = box.stages ? box.stages->compute.from : box.device_start;
    const SimTime to = box.stages ? box.stages->compute.to : box.finished;
    if (box.finished != kForever && to > from) {
      gpus[box.gpu].push_back({&box, box.gpu, from, to});
    }
  }
  return gpus;
}

bool overlap(std::vector<BatchSpan> spans) {
  std::sort(spans.begin(), spans.end(), [](const BatchSpan& a, const BatchSpan& b) {
    return a.from != b.from ? a.from < b.from : a.box->batch < b.box->batch;
  });
  for (std::size_t i = 1; i < spans.size(); ++i) {
    if (spans[i].from < spans[i - 1].to) {
      return true;
    }
  }
  return false;
}

void draw_batches(Panel& panel, const std::vector<BatchSpan>& spans, int top) {
  Canvas& canvas = panel.canvas;
  const SpansApart apart = told_apart(panel, spans);
  for (const Crowd& crowd : apart.crowds) {
    draw_crowd(panel, crowd, "GPU", top, {.pitch = kGpuPitch, .box = kRowHeight, .text_size = 70});
  }
  for (const BatchSpan& span : apart.single) {
    const LaneBox& box = *span.box;
    const int left = panel.x(span.from);
    const int right = panel.x(span.to);
    if (right <= left) {
      continue;
    }
    const Emphasis emphasis(canvas, panel.violates_batch(box.batch));
    const ReasonColours colours = colours_of(box.reason);
    canvas.mark({.box = {left, top, right - left, kRowHeight},
                 .fill = box.drawn ? colours.tint : kMutedFill,
                 .line = box.drawn ? colours.strong : kMutedLine,
                 .id = fmt::format("{}b{}-gpu", panel.prefix, box.batch),
                 .kind = "gpu",
                 .tooltip = box_tooltip(panel, box)});
    const std::string text = fmt::format("B{}", box.batch);
    if (right - left >= text_width(text, 70) + 4) {
      canvas.optional_label(text_label(text, {(left + right) / 2, top + 2}, Align::kCentre, 70,
                                       box.drawn ? colours.text : kGreyText));
    }
  }
}

void draw_share(Panel& panel, std::uint32_t gpu, SimTime from, SimTime to,
                const std::vector<std::uint64_t>& batches, int top) {
  const int left = panel.x(from);
  const int right = panel.x(to);
  if (right <= left || batches.empty()) {
    return;
  }
  std::string names;
  for (const std::uint64_t batch : batches) {
    names += fmt::format(" B{}", batch);
  }
  const std::size_t shade = std::min(batches.size(), kSharing.size()) - 1;
  Canvas& canvas = panel.canvas;
  canvas.mark(
      {.box = {left, top, right - left, kRowHeight},
       .fill = kSharing[shade],
       .line = "",
       // Its begin names it: a GPU has one number of batches at a time.
       .id = fmt::format("{}gpu{}-at-{}", panel.prefix, gpu,
                         (std::max(from, panel.content.from) - panel.content.from).count()),
       .kind = "sharing",
       .tooltip = fmt::format("{} batch{} on GPU {} for {}:{}", batches.size(),
                              batches.size() == 1 ? "" : "es", gpu, exact_time(to - from), names)});
  canvas.legend.sharing = true;
  const std::string text = fmt::format("{}", batches.size());
  if (right - left >= text_width(text, 70) + 4) {
    canvas.optional_label(text_label(text, {(left + right) / 2, top + 2}, Align::kCentre, 70,
                                     shade >= 2 ? kPaper : kInk));
  }
}

void draw_sharing(Panel& panel, std::uint32_t gpu, const std::vector<BatchSpan>& spans, int top) {
  struct Change {
    SimTime at{};
    bool begins = false;
    std::uint64_t batch = 0;
  };
  std::vector<Change> changes;
  for (const BatchSpan& span : spans) {
    changes.push_back({span.from, true, span.box->batch});
    changes.push_back({span.to, false, span.box->batch});
  }
  std::sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return a.at != b.at ? a.at < b.at : a.begins != b.begins ? b.begins : a.batch < b.batch;
  });
  std::vector<std::uint64_t> now;  // in the order in which they began
  SimTime since{};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    if (i == 0 || change.at != changes[i - 1].at) {
      draw_share(panel, gpu, since, change.at, now, top);
      since = change.at;
    }
    if (change.begins) {
      now.push_back(change.batch);
    } else {
      std::erase(now, change.batch);
    }
  }
}

}  // namespace

void lay_out_gpus(Panel& panel) {
  const BusyByGpu gpus = busy_spans(panel.content);
  const bool shared = panel.content.lane_count > panel.content.gpu_count;
  if (!shared || gpus.size() > kMostGpus || gpus.empty()) {
    return;
  }
  const bool together =
      std::any_of(gpus.begin(), gpus.end(), [](const auto& gpu) { return overlap(gpu.second); });
  Canvas& canvas = panel.canvas;
  const int band_top = canvas.foot_top;
  const int height = static_cast<int>(gpus.size()) * kGpuPitch + 6;
  canvas.band(band_top, height);
  int top = band_top + 4;
  for (const auto& [gpu, spans] : gpus) {
    const std::string name = panel.content.gpu_count == 1 ? "GPU" : fmt::format("GPU {}", gpu);
    canvas.label(text_label(name, {8, top}, Align::kLeft, 90, kInk));
    if (together) {
      draw_sharing(panel, gpu, spans, top);
    } else {
      draw_batches(panel, spans, top);
    }
    top += kGpuPitch;
  }
  canvas.foot_top += height;
}

}  // namespace lockstep
