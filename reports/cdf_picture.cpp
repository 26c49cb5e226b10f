#include "reports/cdf_picture.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "reports/format.h"
#include "reports/xml_text.h"

namespace lockstep {
namespace {

constexpr std::int64_t kLeft = 60;
constexpr std::int64_t kTop = 20;
constexpr std::int64_t kWidth = 700;
constexpr std::int64_t kHeight = 340;
constexpr std::int64_t kLegendLine = 20;
constexpr std::size_t kLongestLabel = 90;
constexpr std::array<std::string_view, 6> kColours = {"#0b3c8c", "#e07000", "#5aa0d8",
                                                      "#7a2f00", "#3c8c3c", "#a0a0a0"};

// Of the nearest rank; 0 without any.
SimDuration at_thousandth(const std::vector<SimDuration>& sorted, std::size_t thousandths) {
  const std::size_t rank = (sorted.size() * thousandths + 999) / 1'000;
  return sorted.empty() ? SimDuration{0} : sorted[std::max<std::size_t>(rank, 1) - 1];
}

// 1, 2 or 5 times a power of ten, so that at most eight fit.
std::int64_t tick_of(std::int64_t span) {
  std::int64_t tick = 1;
  for (int step = 0; span / tick > 8; ++step) {
    tick = step % 3 == 1 ? tick / 2 * 5 : tick * 2;
  }
  return tick;
}

struct Scale {
  std::int64_t span = 1;  // ns from left to right

  [[nodiscard]] std::int64_t x(SimDuration time) const {
    return kLeft + scaled(std::min(time.count(), span), kWidth, span);
  }
  [[nodiscard]] static std::int64_t y(std::size_t part, std::size_t whole) {
    return kTop + kHeight -
           scaled(kHeight, static_cast<std::int64_t>(part),
                  std::max<std::int64_t>(static_cast<std::int64_t>(whole), 1));
  }
};

std::string text_at(std::int64_t x, std::int64_t y, std::string_view anchor,
                    std::string_view text) {
  return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     xml_text(text, kLongestLabel));
}

std::string axes(const Scale& scale) {
  std::string svg;
  for (std::size_t percent = 0; percent <= 100; percent += 20) {
    const std::int64_t y = Scale::y(percent, 100);
    svg += fmt::format("<path d=\"M{} {}h{}\" stroke=\"#d8d8d8\"/>\n", kLeft, y, kWidth);
    svg += text_at(kLeft - 8, y + 4, "end", fmt::format("{} %", percent));
  }
  const std::int64_t tick = tick_of(scale.span);
  for (std::int64_t at = 0; at <= scale.span; at += tick) {
    const std::int64_t x = scale.x(SimDuration{at});
    svg += fmt::format("<path d=\"M{} {}v{}\" stroke=\"#d8d8d8\"/>\n", x, kTop, kHeight);
    svg += text_at(x, kTop + kHeight + 18, "middle", exact_time(SimDuration{at}));
  }
  return svg;
}

// Steps of 0.5 %, and of 0.1 % where the tail is.
std::string curve_path(const CdfCurve& curve, const Scale& scale) {
  std::string path = fmt::format("M{} {}", kLeft, Scale::y(0, 1));
  for (std::size_t thousandths = 5; thousandths <= 1'000;
       thousandths += thousandths < 980 ? 5 : 1) {
    const std::size_t rank = curve.latencies.size() * thousandths / 1'000;
    if (rank == 0) {
      continue;
    }
    const std::int64_t x = scale.x(curve.latencies[rank - 1]);
    path += fmt::format("H{}V{}", x, Scale::y(rank, curve.requests));
    if (curve.latencies[rank - 1].count() >= scale.span) {
      break;  // the tail leaves the picture
    }
  }
  return path;
}

}  // namespace

CdfCurve cdf_of(const RunLog& run, std::string label) {
  CdfCurve curve{.label = std::move(label), .latencies = {}, .requests = run.requests.size()};
  for (const RequestRow& row : run.requests) {
    if (row.finished && row.status == Status::kOk) {
      curve.latencies.push_back(*row.finished - row.arrival);
    }
  }
  std::sort(curve.latencies.begin(), curve.latencies.end());
  return curve;
}

std::string cdf_svg(std::span<const CdfCurve> curves) {
  Scale scale;
  for (const CdfCurve& curve : curves) {
    scale.span = std::max(scale.span, at_thousandth(curve.latencies, 999).count());
  }
  const std::int64_t legend = kTop + kHeight + 40;
  const std::int64_t height = legend + kLegendLine * static_cast<std::int64_t>(curves.size());
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
      "{1}\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"12\">\n"
      "<title>Share of requests answered within a time</title>\n"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      kLeft + kWidth + 40, height);
  svg += axes(scale);
  for (std::size_t i = curves.size(); i-- > 0;) {  // the first one on top
    const std::string_view colour = kColours[std::min(i, kColours.size() - 1)];
    svg += fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
                       curve_path(curves[i], scale), colour);
  }
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const CdfCurve& curve = curves[i];
    const std::int64_t y = legend + kLegendLine * static_cast<std::int64_t>(i);
    svg += fmt::format("<path d=\"M{} {}h24\" stroke=\"{}\" stroke-width=\"4\"/>\n", kLeft, y - 4,
                       kColours[std::min(i, kColours.size() - 1)]);
    svg += text_at(
        kLeft + 32, y, "start",
        fmt::format("{}: p50 {}, p99 {} of {} answered", curve.label,
                    short_time(at_thousandth(curve.latencies, 500)),
                    short_time(at_thousandth(curve.latencies, 990)), curve.latencies.size()));
  }
  return svg + "</svg>\n";
}

}  // namespace lockstep
