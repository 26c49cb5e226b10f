// Small helpers that every checker uses: a violation of the newest line, and why none is judged.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "properties/checkers/checker.h"

namespace lockstep {

// What a violation is about; what is absent is the newest line's, or nobody's.
struct Where {
  std::optional<RequestId> request{};
  std::optional<BatchId> batch{};
  std::optional<QueueId> queue{};
  std::optional<LaneId> lane{};
  std::optional<SimTime> at{};
  std::optional<std::size_t> line{};
};

[[nodiscard]] inline Violation broken(std::string_view property, const RunRecord& run,
                                      std::string found, const Where& where = {}) {
  return {.property = property,
          .found = std::move(found),
          .request = where.request,
          .batch = where.batch,
          .queue = where.queue,
          .lane = where.lane,
          .at = where.at.value_or(run.now),
          .line = where.line.value_or(run.lines.empty() ? kNoLine : run.lines.size() - 1)};
}

// Of a checker that needs the rules.
template <typename C>
[[nodiscard]] std::unique_ptr<Checker> make_checker(const RunRules& rules) {
  return std::make_unique<C>(rules);
}

// Domains that many properties share.
[[nodiscard]] inline std::string_view needs_lines(const RunRules& rules) {
  return rules.parts.lines ? "" : "the log does not say every input and decision";
}
[[nodiscard]] inline std::string_view needs_batches(const RunRules& rules) {
  return rules.parts.batches ? "" : "the log does not say who was in which batch";
}

// "3 > 2": both numbers of a bound that is broken.
template <typename T>
[[nodiscard]] std::string beyond(T found, T bound) {
  return std::to_string(found) + " > " + std::to_string(bound);
}

}  // namespace lockstep
