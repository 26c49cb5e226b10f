#include "reports/table.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::size_t kLabelMax = 23;
constexpr std::size_t kColumns = 9;

using Cells = std::array<std::string, kColumns>;

// "0.36 / 1.25 / 12.5 ms": one unit, three digits for the largest part.
std::string split_text(const RunSummary& summary) {
  const std::int64_t most =
      std::max({summary.forming_mean_ns, summary.lane_wait_mean_ns, summary.device_mean_ns});
  const TimeUnit unit = unit_for(SimDuration{most});
  const std::int64_t hundredths = most / (unit_ns(unit) > 100 ? unit_ns(unit) / 100 : 1);
  int decimals = unit == TimeUnit::kNanoseconds ? 0
                 : hundredths < 1'000           ? 2
                 : hundredths < 10'000          ? 1
                                                : 0;
  // A part that is there shows, down to a thousandth of the unit.
  for (const std::int64_t part :
       {summary.forming_mean_ns, summary.lane_wait_mean_ns, summary.device_mean_ns}) {
    std::int64_t shown = unit_ns(unit);  // the smallest value that is not rounded to 0, doubled
    for (int i = 0; i < decimals; ++i) {
      shown /= 10;
    }
    for (; part > 0 && part * 2 < shown && decimals < 3; ++decimals) {
      shown /= 10;
    }
  }
  const auto part = [&](std::int64_t ns) { return time_in(SimDuration{ns}, unit, decimals); };
  return fmt::format("{} / {} / {} {}", part(summary.forming_mean_ns),
                     part(summary.lane_wait_mean_ns), part(summary.device_mean_ns),
                     unit_name(unit));
}

// "31.2M", "845k", "12".
std::string speed_text(std::uint64_t per_second) {
  if (per_second >= 999'500) {
    return ratio_text(per_second, 1'000'000, per_second < 99'950'000 ? 1 : 0) + "M";
  }
  return per_second >= 1'000 ? ratio_text(per_second, 1'000, 0) + "k"
                             : fmt::format("{}", per_second);
}

// "5.0", "1024": no decimal where nobody would read it.
std::string rows_text(std::uint64_t millionths) {
  return ratio_text(millionths, 1'000'000, millionths < 999'950'000 ? 1 : 0);
}

Cells row_cells(const TableRow& row) {
  const RunSummary& summary = row.summary;
  const bool answered = summary.answered > 0;
  const auto time = [&](std::int64_t ns) { return answered ? short_time(SimDuration{ns}) : "-"; };
  const bool worked = summary.batches > 0;
  return {displayable(row.label, kLabelMax),
          time(summary.p50_ns),
          time(summary.p99_ns),
          time(summary.p999_ns),
          worked ? rows_text(summary.rows_per_batch_millionths) : "-",
          worked ? ratio_text(summary.gpu_busy_per_million, 10'000, 0) + "%" : "-",
          answered ? split_text(summary) : "-",
          row.simulated_per_second ? speed_text(*row.simulated_per_second) : "-",
          digest_text(summary.digest).substr(0, 10)};
}

// Columns of outside text: characters, not bytes.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char character) {
    return (static_cast<unsigned char>(character) & 0xc0u) != 0x80u;
  }));
}

}  // namespace

std::string run_table(std::span<const TableRow> rows) {
  const bool with_speed = std::any_of(rows.begin(), rows.end(), [](const TableRow& row) {
    return row.simulated_per_second.has_value();
  });
  std::vector<Cells> lines = {
      {"", "", "", "", "rows/", "GPU", "mean: forming /", "simulated", ""},
      {"run", "p50", "p99", "p99.9", "batch", "busy", "for a thread / on GPU", "req/s", "digest"}};
  bool approximate = false;
  for (const TableRow& row : rows) {
    lines.push_back(row_cells(row));
    approximate |= !row.summary.exact && row.summary.answered > 0;
  }
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], columns_of(cells[i]));
    }
  }
  std::string text;
  for (const Cells& cells : lines) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) {
      if (i == 7 && !with_speed) {
        continue;
      }
      const std::string padding(widths[i] - columns_of(cells[i]), ' ');
      line += (i == 0 ? "" : "  ") + (i == 0 ? cells[i] + padding : padding + cells[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return approximate ? text + "quantiles are from a histogram: within 0.1 %\n" : text;
}

}  // namespace lockstep
