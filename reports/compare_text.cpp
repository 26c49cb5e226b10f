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
constexpr std::size_t kShownSetting = 48;

using CompareRow = std::vector<std::string>;

// "12.3 %" of a share per million.
std::string share_text(std::uint32_t per_million) {
  return ratio_text(per_million, 10'000, 1) + " %";
}

std::string_view sign_of(std::int64_t value) {
  return value == 0 ? "" : value < 0 ? "-" : "+";
}

// "-" where there is none.
std::string signed_time(const std::optional<std::int64_t>& ns) {
  return ns ? std::string(sign_of(*ns)) + short_time(SimDuration{std::abs(*ns)}) : "-";
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
                       std::string (*text)(const std::optional<std::int64_t>&)) {
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
      heading, figures_row("A", comparison.a.latency, &figure_text),
      figures_row("B", comparison.b.latency, &figure_text), change,
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

std::string settings_table(const RunLog& a, const RunLog& b) {
  const std::vector<SettingDifference> differences = differing_settings(a, b);
  if (differences.empty()) {
    return "";
  }
  std::vector<CompareRow> rows = {{"settings that differ", "A", "B"}};
  for (const SettingDifference& difference : differences) {
    const auto shown = [](const std::string& value) {
      return value.empty() ? std::string("-") : displayable(value, kShownSetting);
    };
    rows.push_back(
        {displayable(difference.name, kShownSetting), shown(difference.a), shown(difference.b)});
  }
  return '\n' + aligned_rows(rows);
}

std::string stages_table(const StageSpans& a, const StageSpans& b) {
  const auto part = [](std::string name, SimDuration in_a, SimDuration in_b) {
    return CompareRow{std::move(name), short_time(in_a), short_time(in_b),
                      signed_time((in_b - in_a).count())};
  };
  const std::vector<CompareRow> rows = {{"mean of a batch", "A", "B", "B - A"},
                                        part("for the GPU", a.gpu_wait, b.gpu_wait),
                                        part("copy to the GPU", a.to_device, b.to_device),
                                        part("compute", a.compute, b.compute),
                                        part("copy back", a.to_host, b.to_host),
                                        part("until it was seen", a.notice, b.notice)};
  return aligned_rows(rows);
}

// "B - A, mean: -9.48 ms +- 520 us (95 %, batch means); 18,912 faster, 12 slower, 442 equal"
std::string difference_line(const RunComparison& comparison) {
  const MeanInterval& mean = comparison.mean_difference;
  const std::string half = mean.half_width
                               ? fmt::format(" +- {} (95 %, {} batch means)",
                                             short_time(SimDuration{*mean.half_width}), kBatchMeans)
                               : std::string(" (too few requests for an interval)");
  return fmt::format("mean of B - A by request: {}{}; {} faster, {} slower, {} equal\n",
                     signed_time(mean.mean), half, comparison.faster, comparison.slower,
                     comparison.paired - comparison.faster - comparison.slower);
}

std::string measured_text(const RunComparison& comparison, const RunLog& a, const RunLog& b,
                          const ComparisonExtras& extras) {
  if (extras.repeats.size() > 1) {
    return repeats_text(comparison.a.latency, extras.repeats, is_on_device(b));
  }
  if (is_on_device(a) == is_on_device(b)) {
    return "";
  }
  const RunLog& live = is_on_device(a) ? a : b;
  const ComparedRun& run = is_on_device(a) ? comparison.a : comparison.b;
  return fmt::format("measured: on {}, p50 {}, p99 {} (one run; more of them give an interval)\n",
                     displayable(live.setting("on"), kShownSetting), figure_text(run.latency[1]),
                     figure_text(run.latency[3]));
}

}  // namespace

bool is_on_device(const RunLog& run) {
  const std::string on = run.setting("on");
  return !on.empty() && on != "sim";
}

std::vector<SettingDifference> differing_settings(const RunLog& a, const RunLog& b) {
  std::vector<SettingDifference> differences;
  for (const auto& [name, value] : a.settings) {
    if (b.setting(name) != value) {
      differences.push_back({name, value, b.setting(name)});
    }
  }
  for (const auto& [name, value] : b.settings) {
    if (a.setting(name).empty() && !value.empty()) {
      differences.push_back({name, "", value});
    }
  }
  return differences;
}

StageSpans mean_stages(std::span<const StageSpans> stages) {
  StageSpans mean;
  for (SimDuration StageSpans::*const part :
       {&StageSpans::gpu_wait, &StageSpans::to_device, &StageSpans::compute, &StageSpans::to_host,
        &StageSpans::notice}) {
    std::vector<std::int64_t> values;
    values.reserve(stages.size());
    for (const StageSpans& batch : stages) {
      values.push_back((batch.*part).count());
    }
    mean.*part = SimDuration{values.empty() ? 0 : mean_of_correlated(values).mean};
  }
  return mean;
}

std::string comparison_text(const RunComparison& comparison, const RunLog& a, const RunLog& b,
                            const ComparisonExtras& extras) {
  const bool predicts = is_on_device(a) != is_on_device(b);
  std::string text = run_line("A", comparison.a, a) + run_line("B", comparison.b, b);
  if (comparison.arrival_apart > SimDuration{0}) {
    text += fmt::format("arrivals are up to {} apart\n", short_time(comparison.arrival_apart));
  }
  text += settings_table(a, b) + '\n';
  for (const std::string& line : extras.reexecuted) {
    text += line + '\n';
  }
  text += batches_text(comparison, predicts) + extras.decisions + rows_line(comparison);
  text += measured_text(comparison, a, b, extras);
  text += '\n' + latency_table(comparison) + difference_line(comparison);
  text += '\n' + parts_table(comparison);
  if (extras.stages_a && extras.stages_b) {
    text += '\n' + stages_table(*extras.stages_a, *extras.stages_b);
  }
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

std::string verdict_text(const RunComparison& comparison,
                         const std::vector<RegressionLimit>& limits, std::size_t failures) {
  if (failures > 0) {
    return fmt::format("verdict: fails: {} of {} judged\n", failures,
                       std::max(limits.size(), failures));
  }
  if (limits.empty()) {
    return "verdict: none: nothing to judge by (--max-regression p99=5%)\n";
  }
  std::string text = "verdict: holds:";
  for (const RegressionLimit& limit : limits) {
    text += fmt::format("{} {} {} -> {}, limit +{} %", &limit == limits.data() ? "" : ";",
                        kComparedFigures.at(limit.figure),
                        figure_text(comparison.a.latency.at(limit.figure)),
                        figure_text(comparison.b.latency.at(limit.figure)),
                        ratio_text(limit.per_million, 10'000, 1));
  }
  return text + "\n";
}

}  // namespace lockstep
