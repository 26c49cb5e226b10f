// A user's scheduler broke a rule of the contract, crashed or hangs: a finding, no mistake of ours.
//
// Thrown by the step that finds it. It is a CheckFailed, so whoever shrinks cases or unwinds from
// failed checks handles it alike; whoever tells a user whose fault it is catches it first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/check.h"

namespace lockstep {

enum class SchedulerFaultKind : std::uint8_t { kContract, kCrash, kHang };

// "contract", "crash", "hang".
[[nodiscard]] constexpr std::string_view scheduler_fault_kind_name(SchedulerFaultKind kind) {
  switch (kind) {
    case SchedulerFaultKind::kContract:
      return "contract";
    case SchedulerFaultKind::kCrash:
      return "crash";
    case SchedulerFaultKind::kHang:
      return "hang";
  }
  return "";
}

class SchedulerFault final : public CheckFailed {
 public:
  SchedulerFault(SchedulerFaultKind kind, const std::string& text)
      : CheckFailed(text), kind_(kind) {}
  [[nodiscard]] SchedulerFaultKind kind() const { return kind_; }

 private:
  SchedulerFaultKind kind_;
};

}  // namespace lockstep
