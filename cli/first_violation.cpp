#include "cli/first_violation.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cli/check_properties.h"
#include "properties/verify/judge.h"
#include "reports/format.h"

namespace lockstep {
namespace {

// How checkers write a bound that is broken, and what the number after it was.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kBeyond = {
    {{" > ", "at most "}, {" < ", "at least "}, {" != ", ""}}};

// "waited 2 ms > 1 ms, for 3 batches": both sides, or all of it without a bound.
void tell_apart(const std::string& found, DiagramViolation& mark) {
  mark.measured = found;
  for (const auto& [sign, words] : kBeyond) {
    if (const std::size_t at = found.find(sign); at != std::string::npos) {
      mark.measured = found.substr(0, at);
      mark.bound = std::string(words) + found.substr(at + sign.size());
      return;
    }
  }
}

// A log that somebody edited need not have whom its journal names.
const RequestRow* row_of(const RunLog& log, RequestId id) {
  const auto found = std::lower_bound(
      log.requests.begin(), log.requests.end(), raw(id),
      [](const RequestRow& row, std::uint64_t wanted) { return row.request < wanted; });
  return found != log.requests.end() && found->request == raw(id) ? &*found : nullptr;
}

}  // namespace

DiagramViolation as_mark(const Violation& violation, const RunLog& log) {
  DiagramViolation mark{.rule = full_property_name(violation.property),
                        .measured = "",
                        .bound = "",
                        .from = violation.at,
                        .to = violation.until.value_or(violation.at)};
  const RequestRow* const row = violation.request ? row_of(log, *violation.request) : nullptr;
  const BatchRow* batch = violation.batch ? log.find_batch(raw(*violation.batch)) : nullptr;
  if (row != nullptr) {
    mark.request = row->request;
    mark.from = std::min(mark.from, row->arrival);
    batch = batch == nullptr && row->batch ? log.find_batch(*row->batch) : batch;
  } else if (batch != nullptr) {
    mark.from = std::min(mark.from, batch->record.opened);
  }
  if (batch != nullptr) {
    mark.batch = raw(batch->record.id);
  }
  if (violation.lane) {
    mark.lane = raw(*violation.lane);
  }
  if (violation.until) {
    mark.measured = *violation.until == kForever
                        ? "waits for ever"
                        : "waited " + exact_time(*violation.until - mark.from);
    mark.bound = "at most " + exact_time(violation.at - mark.from);
  } else {
    tell_apart(violation.found, mark);
  }
  return mark;
}

Result<MarkedViolations> mark_violations_of(const RunLog& log, const Manifest& manifest,
                                            UserScheduler user) {
  Result<PropertyReport> report = log_properties(log, manifest, std::move(user));
  if (!report) {
    return tl::unexpected(report.error());
  }
  std::vector<Violation>& found = report->violations;
  if (found.empty()) {
    return bad_input(
        fmt::format("found no violation in {}, expected one to draw: {} properties were judged and "
                    "hold, {} were not checked",
                    log.directory, report->judged.size(), report->not_checked.size()));
  }
  // Of one instant, the first that was found.
  std::stable_sort(found.begin(), found.end(),
                   [](const Violation& a, const Violation& b) { return a.at < b.at; });
  MarkedViolations marked;
  for (const Violation& violation : found) {
    marked.marks.push_back(as_mark(violation, log));
  }
  marked.sentence =
      fmt::format("violation: {}  {}", marked.marks.front().rule, violation_text(found.front()));
  if (found.size() > 1) {
    marked.sentence += fmt::format(
        "; {} more propert{} not hold: lockstep check {} --only "
        "properties",
        found.size() - 1, found.size() == 2 ? "y does" : "ies do", log.directory);
  }
  return marked;
}

}  // namespace lockstep
