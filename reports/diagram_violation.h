// A bound that a checker found violated, as a timing diagram marks it: a bracket over the span that
// was too long, with both numbers, and everything else faded.
//
// Plain data that the caller of draw_diagram() fills in: the diagram judges nothing itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/time.h"
#include "reports/diagram_window.h"

namespace lockstep {

struct DiagramViolation {
  std::string rule;      // "L1 time-out": what was promised
  std::string measured;  // "waited 12.3 ms": the run's number
  std::string bound;     // "at most 10 ms": the promise's number; "" where `measured` says all
  SimTime from{};        // the span that broke it; from == to: an instant
  SimTime to{};
  // Whose marks keep their colours; without any of them the bracket stands alone.
  std::optional<std::uint64_t> request{};
  std::optional<std::uint64_t> batch{};
  std::optional<std::uint32_t> lane{};
};

// "L1 time-out: waited 12.3 ms, bound: at most 10 ms"; without a bound up to the comma.
[[nodiscard]] std::string violation_text(const DiagramViolation& violation);

// The window that shows it: around its request, else around its batch, else around its begin.
[[nodiscard]] WindowChoice violation_window(const DiagramViolation& violation);

}  // namespace lockstep
