#include "reports/compare_repeats.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <span>

#include <fmt/format.h>

#include "core/check.h"
#include "reports/aligned_rows.h"
#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::int64_t kWholeShare = 1'000'000;
constexpr std::size_t kShownRunPath = 80;
constexpr std::int64_t kShownShare = 20'000;  // of batches: sizes that are rarer share a line

using RepeatRow = std::vector<std::string>;

// The figure of each repeat; empty when one has none.
std::vector<std::int64_t> values_of(const std::vector<RepeatFigures>& repeats, std::size_t figure) {
  std::vector<std::int64_t> values;
  for (const RepeatFigures& repeat : repeats) {
    if (!repeat.latency.at(figure)) {
      return {};
    }
    values.push_back(*repeat.latency.at(figure));
  }
  return values;
}

// The largest share of a mean that is told: beyond, it is this.
constexpr std::int64_t kMostShare = 1'000'000'000;

// `part` of `whole` > 0, per million.
std::int64_t share_of(std::int64_t part, std::int64_t whole) {
  __extension__ using Wide = __int128;
  return static_cast<std::int64_t>(
      std::clamp<Wide>(Wide{part} * kWholeShare / whole, -kMostShare, kMostShare));
}

std::size_t batches_of(std::span<const RowsShare> by_rows, std::size_t RowsShare::*count) {
  std::size_t sum = 0;
  for (const RowsShare& share : by_rows) {
    sum += share.*count;
  }
  return sum;
}

// Shares per million of the batches of one run, by their rows.
using Shares = std::map<std::uint32_t, std::int64_t>;

Shares shares_of(std::span<const RowsShare> by_rows, std::size_t RowsShare::*count) {
  Shares shares;
  const std::size_t whole = batches_of(by_rows, count);
  for (const RowsShare& share : by_rows) {
    if (share.*count > 0) {
      shares[share.rows] = per_million(share.*count, whole);
    }
  }
  return shares;
}

// As compare_runs() has it, of two repeats.
std::uint32_t distance(const RepeatFigures& one, const RepeatFigures& other) {
  std::map<std::uint32_t, RowsShare> by_rows;
  for (const RowsShare& share : one.by_rows) {
    by_rows[share.rows].in_a = share.in_b;
  }
  for (const RowsShare& share : other.by_rows) {
    by_rows[share.rows].in_b = share.in_b;
  }
  std::vector<RowsShare> both;
  both.reserve(by_rows.size());
  for (const auto& [rows, share] : by_rows) {
    both.push_back({.rows = rows, .in_a = share.in_a, .in_b = share.in_b});
  }
  return total_variation(both);
}

// "12.3 %" of a share per million, with its sign when `is_signed`.
std::string percent_text(std::int64_t per_million, bool is_signed) {
  const std::string_view sign = !is_signed || per_million == 0 ? "" : per_million < 0 ? "-" : "+";
  return fmt::format("{}{} %", sign,
                     ratio_text(static_cast<std::uint64_t>(std::abs(per_million)), 10'000, 2));
}

std::string latency_rows(const ComparedFigures& a, const std::vector<RepeatFigures>& repeats,
                         bool measured) {
  RepeatRow heading = {fmt::format("{}, {} runs", measured ? "measured" : "B", repeats.size()),
                       "identical"};
  heading.insert(heading.end(), kComparedFigures.begin(), kComparedFigures.end());
  std::vector<RepeatRow> rows = {heading};
  for (const RepeatFigures& repeat : repeats) {
    RepeatRow row = {displayable(repeat.directory, kShownRunPath),
                     ratio_text(repeat.identical_share, 10'000, 1) + " %"};
    std::transform(repeat.latency.begin(), repeat.latency.end(), std::back_inserter(row),
                   &figure_text);
    rows.push_back(std::move(row));
  }
  RepeatRow mean = {"mean", ""};
  RepeatRow half = {"95 % confidence", ""};
  RepeatRow spread = {"spread of the runs", ""};
  RepeatRow against = {"A against the mean", ""};
  const auto figures = repeated_figures(repeats);
  const auto spreads = repeated_spread(repeats);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const std::optional<MeanInterval>& figure = figures.at(i);
    mean.push_back(figure ? figure_text(figure->mean) : "-");
    half.push_back(
        figure && figure->half_width ? "+-" + short_time(SimDuration{*figure->half_width}) : "-");
    spread.push_back(spreads.at(i) ? percent_text(*spreads.at(i), false) : "-");
    const std::optional<std::int64_t>& of_a = a.at(i);
    against.push_back(figure && of_a && figure->mean > 0
                          ? percent_text(share_of(*of_a - figure->mean, figure->mean), true)
                          : "-");
  }
  rows.insert(rows.end(), {mean, half, spread, against});
  return aligned_rows(rows);
}

std::string rows_table(const RowsSpread& spread) {
  std::vector<RepeatRow> rows = {{"rows of a batch", "A", "runs", "95 % confidence"}};
  RepeatedRows rare;
  for (const RepeatedRows& share : spread.by_rows) {
    if (std::max<std::int64_t>(share.in_a, share.in_repeats.mean) < kShownShare) {
      rare.in_a += share.in_a;
      rare.in_repeats.mean += share.in_repeats.mean;
      rare.rows += 1;
      continue;
    }
    const std::optional<std::int64_t>& half = share.in_repeats.half_width;
    rows.push_back({fmt::format("{}", share.rows), percent_text(share.in_a, false),
                    percent_text(share.in_repeats.mean, false),
                    half ? "+-" + percent_text(*half, false) : "-"});
  }
  if (rare.rows > 0) {
    rows.push_back({fmt::format("{} rarer", rare.rows), percent_text(rare.in_a, false),
                    percent_text(rare.in_repeats.mean, false), "-"});
  }
  return aligned_rows(rows);
}

}  // namespace

std::string figure_text(const std::optional<std::int64_t>& ns) {
  return ns ? short_time(SimDuration{*ns}) : "-";
}

std::array<std::optional<MeanInterval>, kComparedFigures.size()> repeated_figures(
    const std::vector<RepeatFigures>& repeats) {
  std::array<std::optional<MeanInterval>, kComparedFigures.size()> figures;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    if (const std::vector<std::int64_t> values = values_of(repeats, i); !values.empty()) {
      figures.at(i) = mean_of_independent(values);
    }
  }
  return figures;
}

std::array<std::optional<std::int64_t>, kComparedFigures.size()> repeated_spread(
    const std::vector<RepeatFigures>& repeats) {
  std::array<std::optional<std::int64_t>, kComparedFigures.size()> spreads;
  for (std::size_t i = 0; i < spreads.size(); ++i) {
    const std::vector<std::int64_t> values = values_of(repeats, i);
    if (values.empty()) {
      continue;
    }
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    if (const std::int64_t mean = mean_of_independent(values).mean; mean > 0) {
      spreads.at(i) = share_of(*most - *least, mean);
    }
  }
  return spreads;
}

RowsSpread rows_spread(const std::vector<RepeatFigures>& repeats) {
  LOCKSTEP_CHECK(repeats.size() >= 2);
  RowsSpread spread{.by_rows = {}, .a_least = static_cast<std::uint32_t>(kWholeShare)};
  const Shares in_a = shares_of(repeats.front().by_rows, &RowsShare::in_a);
  std::vector<Shares> in_repeats;
  Shares all = in_a;
  for (std::size_t i = 0; i < repeats.size(); ++i) {
    in_repeats.push_back(shares_of(repeats[i].by_rows, &RowsShare::in_b));
    all.insert(in_repeats.back().begin(), in_repeats.back().end());
    const std::uint32_t from_a = total_variation(repeats[i].by_rows);
    spread.a_least = std::min(spread.a_least, from_a);
    spread.a_most = std::max(spread.a_most, from_a);
    for (std::size_t j = 0; j < i; ++j) {
      spread.repeats_most = std::max(spread.repeats_most, distance(repeats[i], repeats[j]));
    }
  }
  const auto share_in = [](const Shares& shares, std::uint32_t rows) {
    const auto found = shares.find(rows);
    return found == shares.end() ? std::int64_t{0} : found->second;
  };
  for (const auto& [rows, ignored] : all) {
    std::vector<std::int64_t> values;
    values.reserve(in_repeats.size());
    for (const Shares& shares : in_repeats) {
      values.push_back(share_in(shares, rows));
    }
    spread.by_rows.push_back({.rows = rows,
                              .in_a = static_cast<std::uint32_t>(share_in(in_a, rows)),
                              .in_repeats = mean_of_independent(values)});
  }
  return spread;
}

std::string repeats_text(const ComparedFigures& a, const std::vector<RepeatFigures>& repeats,
                         bool measured) {
  const RowsSpread spread = rows_spread(repeats);
  const auto decimals = [](std::uint32_t per_million) {
    return ratio_text(per_million, static_cast<std::uint64_t>(kWholeShare), 3);
  };
  return latency_rows(a, repeats, measured) +
         fmt::format("total variation distance of A from a run {} to {}, of two runs at most {}\n",
                     decimals(spread.a_least), decimals(spread.a_most),
                     decimals(spread.repeats_most)) +
         '\n' + rows_table(spread);
}

}  // namespace lockstep
