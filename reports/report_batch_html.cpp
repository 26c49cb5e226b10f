// Batch sizes as a histogram by reason, and the reasons as a table.
#include <algorithm>

#include <fmt/format.h>

#include "reports/diagram_style.h"
#include "reports/format.h"
#include "reports/html_table.h"
#include "reports/html_text.h"
#include "reports/report_sections.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kChartWidth = 960;
constexpr std::uint64_t kChartHeight = 260;
constexpr std::uint64_t kPlotHeight = 210;
constexpr std::uint64_t kPlotFrom = 72;  // room for the counts

// The smallest of 1, 2, 5, 10, ... that is not below.
std::uint64_t round_up(std::uint64_t value) {
  for (std::uint64_t power = 1;; power *= 10) {
    for (const std::uint64_t factor : {1u, 2u, 5u}) {
      if (factor * power >= value) {
        return factor * power;
      }
    }
  }
}

std::string rows_of(const SizeBar& bar) {
  return bar.rows_from == bar.rows_to ? std::to_string(bar.rows_from)
                                      : fmt::format("{}-{}", bar.rows_from, bar.rows_to);
}

std::string axis_of(std::uint64_t top) {
  std::string text;
  for (const std::uint64_t part : {0u, 1u, 2u}) {
    const std::uint64_t y = kPlotHeight - kPlotHeight * part / 2 + 10;
    text += fmt::format("<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/>", kPlotFrom,
                        kChartWidth, y, y);
    text += fmt::format(
        "<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", kPlotFrom - 6,
        y + 4, top * part % 2 == 0 ? grouped_digits(top * part / 2) : ratio_text(top * part, 2, 1));
  }
  return text;
}

std::string bar_at(const SizeBar& bar, std::uint64_t x, std::uint64_t width, std::uint64_t top) {
  std::string text;
  std::uint64_t below = 0;
  for (std::uint8_t i = 0; i < kReasonCount; ++i) {
    const std::uint64_t count = bar.by_reason[i];
    if (count == 0) {
      continue;
    }
    const std::uint64_t from = below * kPlotHeight * 10 / top;
    below += count;
    const std::uint64_t to = below * kPlotHeight * 10 / top;
    text += fmt::format(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"><title>{} rows, {}: {} "
        "batches</title></rect>\n",
        x, ratio_text((kPlotHeight + 10) * 10 - to, 10, 1), width,
        ratio_text(std::max<std::uint64_t>(to - from, 4), 10, 1),
        colours_of(static_cast<Reason>(i)).strong, rows_of(bar),
        reason_name(static_cast<Reason>(i)), grouped_digits(count));
  }
  return text;
}

std::string histogram(const BatchFigures& batches) {
  if (batches.bars.empty()) {
    return "";
  }
  std::uint64_t most = 1;
  for (const SizeBar& bar : batches.bars) {
    most = std::max(most, bar.count);
  }
  const std::uint64_t top = round_up(most);
  const std::uint64_t step =
      std::min<std::uint64_t>((kChartWidth - kPlotFrom) / batches.bars.size(), 80);
  const std::uint64_t width =
      std::max<std::uint64_t>(step - std::max<std::uint64_t>(step / 6, 1), 1);
  // Some 16 labels fit.
  const std::size_t each = (batches.bars.size() + 15) / 16;
  std::string text = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Batch sizes\">"
      "<svg class=\"histogram\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"How many batches "
      "had how many rows; the table of reasons follows\">\n{}",
      kChartWidth, kChartHeight, axis_of(top));
  for (std::size_t i = 0; i < batches.bars.size(); ++i) {
    const std::uint64_t x = kPlotFrom + step * i + (step - width) / 2;
    text += bar_at(batches.bars[i], x, width, top);
    if (i % each == 0) {
      text +=
          fmt::format("<text class=\"tick\" x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                      x + width / 2, kPlotHeight + 28, rows_of(batches.bars[i]));
    }
  }
  return text + fmt::format(
                    "<text class=\"tick\" x=\"{}\" y=\"{}\">rows of a batch, and how many batches "
                    "had them</text></svg></div>\n",
                    kPlotFrom, kChartHeight - 4);
}

std::string reason_legend(const BatchFigures& batches) {
  std::string text = "<ul class=\"legend\">\n";
  for (const ReasonFigures& figures : batches.reasons) {
    text += fmt::format("<li><span class=\"swatch\" style=\"background:{}\"></span>{}</li>\n",
                        colours_of(figures.reason).strong, reason_name(figures.reason));
  }
  return text + "</ul>\n";
}

template <typename Sum>
std::string mean_time(Sum sum, std::uint64_t count) {
  return short_time(SimDuration{static_cast<std::int64_t>((sum + count / 2) / count)});
}

std::string reason_table(const ReportData& data) {
  HtmlTable table("Why batches left", {{"reason", false},
                                       {"batches"},
                                       {"share"},
                                       {"mean rows"},
                                       {"mean requests"},
                                       {"padding"},
                                       {"mean wait for a lane"},
                                       {"mean time on the GPU"},
                                       {"failed"}});
  for (const ReasonFigures& figures : data.batches.reasons) {
    const std::uint64_t padding = figures.padded_rows - std::min(figures.padded_rows, figures.rows);
    table.add_row({std::string(reason_name(figures.reason)), grouped_digits(figures.batches),
                   escape_html(percent_text(figures.batches, data.summary.batches)),
                   ratio_text(figures.rows, figures.batches, 1),
                   ratio_text(figures.requests, figures.batches, 1),
                   escape_html(percent_text(padding, figures.padded_rows)),
                   mean_time(figures.lane_wait_ns, figures.batches),
                   mean_time(figures.device_ns, figures.batches), grouped_digits(figures.failed)});
  }
  return table.text();
}

}  // namespace

std::string batch_section(const ReportData& data) {
  if (data.batches.reasons.empty()) {
    return "";
  }
  std::string text = "<section aria-labelledby=\"batches\">\n<h2 id=\"batches\">Batches</h2>\n" +
                     reason_legend(data.batches) + histogram(data.batches) + reason_table(data);
  if (data.batches.expired > 0) {
    text += fmt::format("<p class=\"quiet\">{} more batches expired and were not executed.</p>\n",
                        grouped_digits(data.batches.expired));
  }
  return text + "</section>\n";
}

}  // namespace lockstep
