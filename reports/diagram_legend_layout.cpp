// The legend: an entry for each kind of mark that occurs in the picture, and for no other.
#include <functional>

#include "reports/diagram_canvas.h"

namespace lockstep {
namespace {

using namespace diagram;

constexpr int kLegendLine = 17;

struct LegendEntry {
  std::string text;
  int swatch_width;
  std::function<void(Canvas&, int x, int y)> draw;  // y: middle of the line
};

LegendEntry square(std::string text, std::string_view colour) {
  return {std::move(text), 10, [colour](Canvas& canvas, int x, int y) {
            canvas.rectangle({x, y - 5, 10, 10}, colour);
          }};
}

LegendEntry swatch(std::string text, std::string_view colour) {
  return {std::move(text), 22, [colour](Canvas& canvas, int x, int y) {
            canvas.rectangle({x, y - 4, 22, 9}, colour);
          }};
}

using LegendEntries = std::vector<LegendEntry>;

void add_when(LegendEntries& entries, bool occurs, LegendEntry entry) {
  if (occurs) {
    entries.push_back(std::move(entry));
  }
}

// Of the queue bands.
void add_queue_entries(const LegendNeeds& needs, LegendEntries& entries) {
  for (const Reason reason : needs.reasons) {
    const std::string letter = needs.letters ? std::string(letter_of(reason)) + " " : std::string();
    entries.push_back(square(letter + std::string(reason_name(reason)), colours_of(reason).strong));
  }
  add_when(entries, needs.arrivals, {"arrival", 4, [](Canvas& canvas, int x, int y) {
                                       canvas.rectangle({x + 1, y - 5, 2, 10}, kInk);
                                     }});
  add_when(entries, needs.late_arrivals,
           {"joined after the batch was due", 12, [](Canvas& canvas, int x, int y) {
              canvas.rectangle({x + 2, y - 4, 10, 9}, kWaitingLane);
              canvas.rectangle({x + 1, y - 5, 2, 10}, kInk);
            }});
  add_when(entries, needs.cancelled, {"cancelled", 8, [](Canvas& canvas, int x, int y) {
                                        canvas.shape({{x + 4, y - 4},
                                                      {x + 7, y - 3},
                                                      {x + 8, y},
                                                      {x + 7, y + 3},
                                                      {x + 4, y + 4},
                                                      {x + 1, y + 3},
                                                      {x, y},
                                                      {x + 1, y - 3},
                                                      {x + 4, y - 4}},
                                                     "", kRed);
                                      }});
  add_when(entries, needs.expired,
           {"expired", 8, [](Canvas& canvas, int x, int y) {
              canvas.shape({{x + 4, y - 4}, {x + 8, y + 4}, {x, y + 4}}, kRed, "");
            }});
  add_when(entries, needs.refused, {"refused", 4, [](Canvas& canvas, int x, int y) {
                                      canvas.rectangle({x + 1, y - 5, 2, 10}, kRed);
                                    }});
  add_when(entries, needs.forming != Reason::kNone,
           swatch("waiting while the batch forms", colours_of(needs.forming).tint));
  add_when(entries, needs.waiting_without_batch,
           swatch("waiting, no batch of it has ended", colours_of(Reason::kNone).tint));
  add_when(entries, needs.lane_wait, swatch("due, waiting for a lane", kWaitingLane));
  add_when(entries, needs.filling, swatch("open on its lane, filling", kFillingOnLane));
}

// Of the lanes and GPUs.
void add_lane_entries(const LegendNeeds& needs, LegendEntries& entries) {
  add_when(entries, needs.gpu_queue, swatch("queued behind other lanes on the GPU", kQueuedOnGpu));
  add_when(entries, needs.timer, {"batch_timeout running", 30, [](Canvas& canvas, int x, int y) {
                                    canvas.horizontal(x, x + 30, y, kFaintLine);
                                    canvas.vertical(x + 30, y - 4, y + 4, kFaintLine);
                                  }});
  add_when(entries, needs.fill,
           {"fill of a box = rows used", 12, [&needs](Canvas& canvas, int x, int y) {
              canvas.rectangle({x, y - 6, 12, 12}, kMutedLine);
              canvas.rectangle({x + 1, y - 5, 10, 10}, kPaper);
              canvas.rectangle({x + 1, y, 10, 5}, colours_of(needs.forming).tint);
            }});
  add_when(entries, needs.stages,
           {"copy in, compute, copy out", 30, [&needs](Canvas& canvas, int x, int y) {
              const ReasonColours colours = colours_of(needs.forming);
              canvas.rectangle({x, y - 4, 10, 9}, colours.copy_in);
              canvas.rectangle({x + 10, y - 4, 10, 9}, colours.tint);
              canvas.rectangle({x + 20, y - 4, 10, 9}, colours.copy_out);
            }});
  add_when(
      entries, needs.padding,
      {"padding", 21, [](Canvas& canvas, int x, int y) {
         for (int stripe = 0; stripe < 7; ++stripe) {
           canvas.rectangle({x + 3 * stripe, y - 4, 3, 9}, stripe % 2 == 0 ? kMutedLine : kPaper);
         }
       }});
  add_when(entries, needs.held_back, {"answers held back", 22, [](Canvas& canvas, int x, int y) {
                                        canvas.rectangle({x, y, 22, 1}, kInk);
                                        canvas.rectangle({x + 20, y - 2, 2, 5}, kInk);
                                      }});
  add_when(entries, needs.faults,
           {"⚡ fault: lane down, stalled or slow, or batch failed", 20,
            [](Canvas& canvas, int x, int y) {
              for (int shift = 0; shift < 12; shift += 4) {
                canvas.shape({{x + shift, y + 5}, {x + shift + 9, y - 4}}, "", kRed);
              }
            }});
  add_when(entries, needs.sharing,
           {"batches on the GPU at once: 1, 2, 3, more", 40, [](Canvas& canvas, int x, int y) {
              for (std::size_t i = 0; i < kSharing.size(); ++i) {
                canvas.rectangle({x + 10 * static_cast<int>(i), y - 4, 10, 9}, kSharing[i]);
              }
            }});
  add_when(entries, needs.violations, {"violated bound", 22, [](Canvas& canvas, int x, int y) {
                                         canvas.rectangle({x, y - 3, 22, 2}, kRed);
                                         canvas.rectangle({x, y - 3, 2, 8}, kRed);
                                         canvas.rectangle({x + 20, y - 3, 2, 8}, kRed);
                                       }});
  add_when(entries, needs.unfinished,
           {"batch that has not ended", 14, [](Canvas& canvas, int x, int y) {
              canvas.rectangle({x, y - 6, 14, 12}, colours_of(Reason::kNone).strong);
              canvas.rectangle({x + 1, y - 5, 12, 10}, kPaper);
            }});
  add_when(entries, needs.other_batches,
           {"batch of requests not drawn", 14, [](Canvas& canvas, int x, int y) {
              canvas.rectangle({x, y - 6, 14, 12}, kMutedLine);
              canvas.rectangle({x + 1, y - 5, 12, 10}, kMutedFill);
            }});
  add_when(entries, needs.rows_in_ids,
           {"27 (4) = request 27 of 4 rows", 0, [](Canvas&, int, int) {}});
}

LegendEntries legend_entries(const LegendNeeds& needs) {
  LegendEntries entries;
  add_queue_entries(needs, entries);
  add_lane_entries(needs, entries);
  return entries;
}

}  // namespace

void lay_out_legend(Canvas& canvas) {
  const LegendNeeds needs = canvas.legend;
  int x = kPlotLeft;
  int top = canvas.foot_top + 8;
  for (const LegendEntry& entry : legend_entries(needs)) {
    const int width = entry.swatch_width + 4 + label_width(entry.text, 80);
    if (x > kPlotLeft && x + width > kPlotRight) {
      x = kPlotLeft;
      top += kLegendLine;
    }
    entry.draw(canvas, x, top + 6);
    const int text_left = x + entry.swatch_width + (entry.swatch_width > 0 ? 4 : 0);
    canvas.label(text_label(entry.text, {text_left, top + 1}, Align::kLeft, 80, kInk));
    x += width + 18;
  }
  canvas.foot_top = top + kLegendLine + 4;
}

}  // namespace lockstep
