#include "reports/diagram_violation.h"

#include <fmt/format.h>

namespace lockstep {

std::string violation_text(const DiagramViolation& violation) {
  return fmt::format("{}: {}{}{}", violation.rule, violation.measured,
                     violation.bound.empty() ? "" : ", bound: ", violation.bound);
}

WindowChoice violation_window(const DiagramViolation& violation) {
  if (violation.request) {
    return {.kind = WindowChoice::Kind::kRequest, .id = *violation.request};
  }
  if (violation.batch) {
    return {.kind = WindowChoice::Kind::kBatch, .id = *violation.batch};
  }
  return {.kind = WindowChoice::Kind::kInstant, .from = violation.from};
}

}  // namespace lockstep
