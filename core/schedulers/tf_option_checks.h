// Checks of single option values, in TF-Serving's words: "NAME must be positive; was N".
//
// The limits above are ours (core/limits.h) and say "at most"; upstream has none, or overflows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace lockstep {

[[nodiscard]] inline Result<void> check_option_rule(bool holds, std::string_view name,
                                                    std::string_view rule, std::int64_t value) {
  if (!holds) {
    return bad_input(std::string(name) + " must be " + std::string(rule) + "; was " +
                     std::to_string(value));
  }
  return {};
}

[[nodiscard]] inline Result<void> check_at_most(std::string_view name, std::int64_t value,
                                                std::int64_t limit) {
  return check_option_rule(value <= limit, name, "at most " + std::to_string(limit), value);
}

[[nodiscard]] inline Result<void> check_positive(std::string_view name, std::int64_t value,
                                                 std::int64_t limit) {
  Result<void> checked = check_option_rule(value > 0, name, "positive", value);
  return checked ? check_at_most(name, value, limit) : checked;
}

[[nodiscard]] inline Result<void> check_non_negative(std::string_view name, std::int64_t value,
                                                     std::int64_t limit) {
  Result<void> checked = check_option_rule(value >= 0, name, "non-negative", value);
  return checked ? check_at_most(name, value, limit) : checked;
}

}  // namespace lockstep
