// The table of demo and replay: one row per run, plain text, at most 110 columns.
//
// A figure that does not exist (no request was answered, no speed given) is "-". Quantiles from a
// histogram are marked by a line below the table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "reports/summary.h"

namespace lockstep {

inline constexpr std::size_t kTableColumnsMax = 110;

struct TableRow {
  std::string label;  // cut with ".." where the table would become too wide
  RunSummary summary;
  std::optional<std::uint64_t> simulated_per_second;  // requests per second of real time
};

// Lines end with LF, without trailing spaces.
[[nodiscard]] std::string run_table(std::span<const TableRow> rows);

}  // namespace lockstep
