#include "reports/compare_text.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/aligned_rows.h"
#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::int64_t kPerMillionOf = 1'000'000;
constexpr std::size_t kShownMembers = 12;
constexpr std::size_t kShownPath = 80;

using CompareRow = std::vector<std::string>;

// "12.3 %" of a share per million.
std::string share_text(std::uint32_t per_million) {
  return ratio_text(per_million, 10'000, 1) + " %";
}

std::string_view sign_of(std::int64_t value) {
  return value == 0 ? "" : value < 0 ? "-" : "+";
}

// "-" where there is none.
std::string signed_time(std::optional<std::int64_t> ns) {
  return ns ? std::string(sign_of(*ns)) + short_time(SimDuration{std::abs(*ns)}) : "-";
}

std::string latency_text(std::optional<std::int64_t> ns) {
  return ns ? short_time(SimDuration{*ns}) : "-";
}

bool is_on_device(const RunLog& run) {
  const std::string on = run.setting("on");
  return !on.empty() && on != "sim";
}

std::string run_line(std::string_view label, const ComparedRun& run, const RunLog& log) {
  const std::string kind =
      is_on_device(log) ? fmt::format("measured on {}", displayable(log.setting("on"), kShownPath))
                        : std::string("simulated");
  return fmt::format("{} {}: {}, {} of {} requests answered, {} batches, digest {}\n", label,
                     displayable(run.directory, kShownPath), kind, run.answered,
                     log.requests.size(), run.batches, digest_text(run.digest).substr(0, 10));
}

std::string members_text(const std::vector<std::uint64_t>& requests) {
  std::string text;
  for (std::size_t i = 0; i < requests.size() && i < kShownMembers; ++i) {
    text += (i == 0 ? "" : " ") + std::to_string(requests[i]);
  }
  return text + (requests.size() > kShownMembers ? " .." : "");
}

std::string side_text(std::string_view label, const std::optional<Divergence::Side>& side) {
  if (!side) {
    return fmt::format("  {}: no batch\n", label);
  }
  const BatchRecord& batch = side->batch.record;
  return fmt::format("  {}: {} rows, {}, due {}, dispatched {}, lane {}, requests {}\n", label,
                     batch.rows, reason_name(batch.reason),
                     to_decimal_text(batch.due.time_since_epoch()),
                     to_decimal_text(batch.dispatched.time_since_epoch()), raw(batch.lane),
                     side->requests.empty() ? "none" : members_text(side->requests));
}

std::string batches_text(const RunComparison& comparison, bool predicts) {
  const std::size_t longer = std::max(comparison.a.batches, comparison.b.batches);
  std::string text =
      fmt::format("{}: {} of {} batches ({}) are identical: the same requests and rows\n",
                  predicts ? "predicted" : "batches", comparison.identical, longer,
                  share_text(comparison.identical_share()));
  if (comparison.first) {
    text += fmt::format("first divergence at batch {}, in the order of dispatch\n",
                        comparison.first->position);
    text += side_text("A", comparison.first->a);
    text += side_text("B", comparison.first->b);
  }
  return text;
}

CompareRow figures_row(std::string label, const ComparedFigures& figures,
                       std::string (*text)(std::optional<std::int64_t>)) {
  CompareRow row = {std::move(label)};
  for (const std::optional<std::int64_t>& figure : figures) {
    row.push_back(text(figure));
  }
  return row;
}

std::string latency_table(const RunComparison& comparison) {
  CompareRow heading = {"latency"};
  heading.insert(heading.end(), kComparedFigures.begin(), kComparedFigures.end());
  CompareRow change = {"B against A"};
  for (std::size_t i = 0; i < kComparedFigures.size(); ++i) {
    const std::optional<std::int64_t> a = comparison.a.latency[i];
    const std::optional<std::int64_t> b = comparison.b.latency[i];
    const bool known = a && b && *a > 0;
    const std::int64_t part = known ? scaled(std::abs(*b - *a), 1'000, *a) : 0;
    change.push_back(known ? std::string(sign_of(*b - *a)) +
                                 ratio_text(static_cast<std::uint64_t>(part), 10, 1) + " %"
                           : "-");
  }
  const std::vector<CompareRow> rows = {
      heading, figures_row("A", comparison.a.latency, &latency_text),
      figures_row("B", comparison.b.latency, &latency_text), change,
      figures_row("B - A, by request", comparison.difference, &signed_time)};
  return aligned_rows(rows);
}

std::string parts_table(const RunComparison& comparison) {
  const LatencyParts& a = comparison.a.parts;
  const LatencyParts& b = comparison.b.parts;
  const auto part = [](std::string name, SimDuration in_a, SimDuration in_b) {
    return CompareRow{std::move(name), short_time(in_a), short_time(in_b),
                      signed_time((in_b - in_a).count())};
  };
  const std::vector<CompareRow> rows = {{"mean", "A", "B", "B - A"},
                                        part("forming", a.forming, b.forming),
                                        part("for a thread (lane)", a.lane_wait, b.lane_wait),
                                        part("on the device", a.device, b.device)};
  return aligned_rows(rows);
}

std::string rows_line(const RunComparison& comparison) {
  std::uint64_t in_a = 0;
  std::uint64_t in_b = 0;
  for (const RowsShare& share : comparison.by_rows) {
    in_a += std::uint64_t{share.rows} * share.in_a;
    in_b += std::uint64_t{share.rows} * share.in_b;
  }
  return fmt::format("rows of a batch: mean {} and {}, total variation distance {}\n",
                     ratio_text(in_a, comparison.a.batches, 2),
                     ratio_text(in_b, comparison.b.batches, 2),
                     ratio_text(comparison.total_variation, kPerMillionOf, 3));
}

}  // namespace

std::string comparison_text(const RunComparison& comparison, const RunLog& a, const RunLog& b) {
  const bool predicts = is_on_device(a) != is_on_device(b);
  std::string text = run_line("A", comparison.a, a) + run_line("B", comparison.b, b);
  if (comparison.arrival_apart > SimDuration{0}) {
    text += fmt::format("arrivals are up to {} apart\n", short_time(comparison.arrival_apart));
  }
  text += '\n' + batches_text(comparison, predicts) + rows_line(comparison);
  text += '\n' + latency_table(comparison);
  text += '\n' + parts_table(comparison);
  text += fmt::format("\nof {} requests, {} were answered in both\n", comparison.requests,
                      comparison.paired);
  return text;
}

std::string regression_text(const RunComparison& comparison,
                            const std::vector<RegressionLimit>& limits) {
  __extension__ using Wide = __int128;
  std::string text;
  for (const RegressionLimit& limit : limits) {
    const std::string_view name = kComparedFigures.at(limit.figure);
    const std::optional<std::int64_t> a = comparison.a.latency.at(limit.figure);
    const std::optional<std::int64_t> b = comparison.b.latency.at(limit.figure);
    const std::string allowed = ratio_text(limit.per_million, 10'000, 1) + " %";
    if (!a) {
      continue;  // nothing can be worse
    }
    if (!b) {
      text += fmt::format("FAIL regression  {} {} -> a request was never answered > +{}\n", name,
                          to_decimal_text(SimDuration{*a}), allowed);
    } else if (Wide{*b} * kPerMillionOf > Wide{*a} * (kPerMillionOf + limit.per_million)) {
      text +=
          fmt::format("FAIL regression  {} {} -> {} > +{}\n", name,
                      to_decimal_text(SimDuration{*a}), to_decimal_text(SimDuration{*b}), allowed);
    }
  }
  return text;
}

}  // namespace lockstep
