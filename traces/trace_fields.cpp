#include "traces/trace_fields.h"

#include <string>

namespace lockstep {

std::string_view unit_word(DecimalUnit unit) {
  switch (unit) {
    case DecimalUnit::kNanosecond:
      return "nanoseconds";
    case DecimalUnit::kMicrosecond:
      return "microseconds";
    case DecimalUnit::kMillisecond:
      return "milliseconds";
    case DecimalUnit::kSecond:
      break;
  }
  return "seconds";
}

Result<std::int64_t> decimal_field(const CsvRows& row, std::size_t index, const DecimalRule& rule) {
  std::int64_t ns = 0;
  const std::string_view problem = parse_decimal_time(row.field(index), rule.unit, rule.step, ns);
  if (problem.empty()) {
    return ns;
  }
  return row.refuse(index, std::string(rule.column) + " as decimal " +
                               std::string(unit_word(rule.unit)) + ": " + std::string(problem));
}

Result<void> check_tokens(const CsvRows& row, std::size_t index, std::string_view column) {
  constexpr std::uint64_t kMaxTokens = 1'000'000'000;
  const Result<std::uint64_t> tokens =
      row.number(index, {.column = column, .min = 0, .max = kMaxTokens});
  if (!tokens) {
    return tl::unexpected(tokens.error());
  }
  return {};
}

Result<Arrival> arrival_at(const CsvRows& row, std::size_t index, TimeOrigin& origin,
                           const CivilTime& stamp) {
  const std::optional<SimTime> time = origin.since_first(stamp);
  if (!time) {
    return row.refuse(index, row.header()[index] + " within 36 years of the first row");
  }
  Arrival arrival;
  arrival.time = *time;
  return arrival;
}

}  // namespace lockstep
