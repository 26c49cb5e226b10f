#include "cli/what_if.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "reports/aligned_rows.h"
#include "reports/format.h"

namespace lockstep {
namespace {

std::optional<std::int64_t> whole(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

struct ValueRange {
  std::int64_t least = 0;
  bool least_too = true;  // try it, beside half and double
};

// Where the scheduler has `option`: the values around the one that `queue` has.
void add_changes(const RecordedRun& run, const std::string& queue, std::string_view option,
                 const ValueRange& range, std::vector<OptionChange>& changes) {
  if (find_option(run.scheduler(), option) == nullptr) {
    return;
  }
  const auto [text, name] = run.option_of(option, queue);
  const std::optional<std::int64_t> now = whole(text);
  if (!now || *now < 0 || *now > std::numeric_limits<std::int32_t>::max()) {
    return;
  }
  std::vector<std::int64_t> values = {*now / 2, *now * 2};
  if (*now == 0) {
    values = {1'000, 5'000};  // a time-out of none: one that is common
  } else if (range.least_too) {
    values.push_back(range.least);
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (const std::int64_t value : values) {
    if (value >= range.least && value != *now) {
      changes.push_back({.name = name, .before = text, .after = std::to_string(value)});
    }
  }
}

std::string difference_text(std::int64_t before, std::int64_t now) {
  return now == before ? std::string("same")
                       : fmt::format("{}{}", now < before ? "-" : "+",
                                     short_time(SimDuration{std::abs(now - before)}));
}

std::string latency_text(std::optional<SimDuration> latency) {
  return latency ? short_time(*latency) : "not answered";
}

std::string with_difference(std::optional<SimDuration> before, std::optional<SimDuration> now) {
  if (!now || !before) {
    return latency_text(now);
  }
  return fmt::format("{} ({})", short_time(*now), difference_text(before->count(), now->count()));
}

using TextRow = std::vector<std::string>;

// nullopt where one stands that was not answered: slower than any.
std::optional<SimDuration> p99_of_all(const RunSummary& summary) {
  const std::int64_t p99 = summary.of_all_ns[2];
  return p99 == RunSummary::kNeverAnswered ? std::nullopt : std::optional(SimDuration{p99});
}

TextRow row_of(std::string name, const WhatIf& result, const WhatIf* before) {
  TextRow row = {std::move(name)};
  const auto cell = [&](std::optional<SimDuration> now, std::optional<SimDuration> then) {
    row.push_back(before == nullptr ? latency_text(now) : with_difference(then, now));
  };
  for (std::size_t i = 0; i < result.watched.size(); ++i) {
    cell(result.watched[i], before == nullptr ? std::nullopt : before->watched[i]);
  }
  cell(p99_of_all(result.summary), before == nullptr ? std::nullopt : p99_of_all(before->summary));
  row.push_back(fmt::format("{}", result.summary.answered));
  return row;
}

// Not answered is slower than any.
bool is_faster(std::optional<SimDuration> a, std::optional<SimDuration> b) {
  return a && (!b || *a < *b);
}

// Which change helps the first request most, and what it does to everybody.
std::string verdict_text(std::span<const OptionChange> changes,
                         const std::vector<std::optional<WhatIf>>& results, const WhatIf& before,
                         std::uint64_t request) {
  const WhatIf* best = nullptr;
  const OptionChange* change = nullptr;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const WhatIf* const result = results[i] ? &*results[i] : nullptr;
    const WhatIf& now_best = best == nullptr ? before : *best;
    if (result != nullptr && is_faster(result->watched.front(), now_best.watched.front())) {
      best = result;
      change = &changes[i];
    }
  }
  if (best == nullptr) {
    return fmt::format("none of these would have helped request {}\n", request);
  }
  const std::optional<SimDuration> p99_before = p99_of_all(before.summary);
  const std::optional<SimDuration> p99 = p99_of_all(best->summary);
  const std::string others = p99 == p99_before
                                 ? "stays what it was"
                                 : fmt::format("is {} with it: {} instead of {}",
                                               is_faster(p99, p99_before) ? "better" : "worse",
                                               latency_text(p99), latency_text(p99_before));
  return fmt::format("{} {} would have helped request {} most: {} instead of {}; p99 of all {}\n",
                     change->name, change->after, request, latency_text(best->watched.front()),
                     latency_text(before.watched.front()), others);
}

}  // namespace

std::vector<OptionChange> usual_changes(const RecordedRun& run, const std::string& queue) {
  std::vector<OptionChange> changes;
  add_changes(run, queue, "batch_timeout_micros", {.least = 0}, changes);
  add_changes(run, queue, run.scheduler().lane_option, {.least = 1}, changes);
  add_changes(run, queue, run.scheduler().batch_option, {.least = 1, .least_too = false}, changes);
  return changes;
}

Result<std::string> what_if_text(const RecordedRun& run, std::span<const std::uint64_t> requests,
                                 std::span<const OptionChange> changes,
                                 const WhatIfOptions& options) {
  const Result<WhatIf> before = run.simulate_with({}, requests);
  if (!before) {
    return tl::unexpected(before.error());
  }
  TextRow heading = {"setting"};
  for (const std::uint64_t request : requests) {
    heading.push_back(fmt::format("request {}", request));
  }
  heading.insert(heading.end(), {"p99 of all", "answered"});
  std::vector<TextRow> rows = {heading, row_of("as it was", *before, nullptr)};
  std::vector<std::optional<WhatIf>> results;
  std::string refused;
  for (const OptionChange& change : changes) {
    const std::string name = fmt::format("{} {} -> {}", change.name, change.before, change.after);
    Result<WhatIf> result = run.simulate_with({{change.name, change.after}}, requests);
    if (!result && (options.strict || result.error().code == Errc::kInterrupted)) {
      return tl::unexpected(result.error());
    }
    if (!result) {
      refused += fmt::format("{}: not possible: {}\n", name, result.error().message);
      results.emplace_back();
      continue;
    }
    rows.push_back(row_of(name, *result, &*before));
    results.emplace_back(std::move(*result));
  }
  return aligned_rows(rows) + refused + verdict_text(changes, results, *before, requests.front());
}

}  // namespace lockstep
