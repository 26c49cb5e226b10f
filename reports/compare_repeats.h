// What repeats of one run say: how far the real thing is from itself, and A, a prediction, from it.
//
// A difference of A from the repeats means little before it is held against the spread of the
// repeats, in latency and in the sizes of the batches. Distances of sizes are total variation:
// half the sum of the differences of the shares. Integers throughout, as in compare.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/compare.h"
#include "reports/confidence.h"

namespace lockstep {

// "412 us"; "-" where there is none.
[[nodiscard]] std::string figure_text(const std::optional<std::int64_t>& ns);

// A repeat, against A.
struct RepeatFigures {
  std::string directory;
  std::uint32_t identical_share = 0;  // per million
  ComparedFigures latency;
  std::vector<RowsShare> by_rows{};  // in_b: of this repeat
};

// Mean of each figure over the repeats, and how sure it is; nullopt where a repeat has none.
[[nodiscard]] std::array<std::optional<MeanInterval>, kComparedFigures.size()> repeated_figures(
    const std::vector<RepeatFigures>& repeats);

// The spread: largest less smallest of each figure, as a share of the mean, per million; nullopt
// where a repeat has none, or the mean is 0.
[[nodiscard]] std::array<std::optional<std::int64_t>, kComparedFigures.size()> repeated_spread(
    const std::vector<RepeatFigures>& repeats);

// How many of the batches have so many rows. Shares per million.
struct RepeatedRows {
  std::uint32_t rows = 0;
  std::uint32_t in_a = 0;
  MeanInterval in_repeats{};  // of their shares
};

struct RowsSpread {
  std::vector<RepeatedRows> by_rows{};  // rising
  // Total variation distances, per million: of A from a repeat, of two repeats from each other.
  std::uint32_t a_least = 0;
  std::uint32_t a_most = 0;
  std::uint32_t repeats_most = 0;
};

// Requires: two repeats or more, of one A.
[[nodiscard]] RowsSpread rows_spread(const std::vector<RepeatFigures>& repeats);

// The repeats, their mean and spread, where A lies, and the sizes of the batches. `a`: figures of
// A; `measured`: they are runs on a device. Requires: two repeats or more. Lines end with LF.
[[nodiscard]] std::string repeats_text(const ComparedFigures& a,
                                       const std::vector<RepeatFigures>& repeats, bool measured);

}  // namespace lockstep
