#include "core/status.h"

#include <array>

namespace lockstep {
namespace {

constexpr std::array<std::string_view, kStatusCount> kStatusNames = {"OK",
                                                                     "CANCELLED",
                                                                     "INVALID_ARGUMENT",
                                                                     "DEADLINE_EXCEEDED",
                                                                     "RESOURCE_EXHAUSTED",
                                                                     "FAILED_PRECONDITION",
                                                                     "INTERNAL",
                                                                     "UNAVAILABLE"};

constexpr std::array<std::string_view, kReasonCount> kReasonNames = {
    "none",       "full",       "timeout",       "greedy",       "overflow",    "flush",
    "answered",   "queue-full", "too-large",     "batch-failed", "low-timeout", "low-full",
    "merged",     "evicted",    "expired",       "cancelled",    "lanes-busy",  "empty",
    "task-limit", "express",    "out-of-memory", "device-lost",  "watchdog",    "no-lane"};

template <typename Enum, std::size_t kCount>
std::optional<Enum> find_name(const std::array<std::string_view, kCount>& names,
                              std::string_view name) {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view status_name(Status status) {
  return kStatusNames.at(static_cast<std::size_t>(status));
}
std::optional<Status> parse_status(std::string_view name) {
  return find_name<Status>(kStatusNames, name);
}
std::string_view reason_name(Reason reason) {
  return kReasonNames.at(static_cast<std::size_t>(reason));
}
std::optional<Reason> parse_reason(std::string_view name) {
  return find_name<Reason>(kReasonNames, name);
}

}  // namespace lockstep
