// What cases are drawn for: a scheduler's name and its options, wherever it comes from.
//
// Of the registry, or a plug-in's own list, which may be empty: then the case has traffic alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/schedulers/options.h"
#include "core/schedulers/registry.h"

namespace lockstep {

// As OptionInfo (core/schedulers/options.h), but with text of its own.
struct SubjectOption {
  std::string name{};
  std::string unit{};          // "us" and "rows" tell which values decide something
  std::string default_text{};  // of its type; kServerCpus is 2
  OptionType type = OptionType::kInteger;
  OptionScope scope = OptionScope::kScheduler;
  std::vector<std::string> choices{};
};

struct Subject {
  std::string scheduler{};
  std::vector<SubjectOption> options{};
  std::string lane_option{};     // "": as many lanes as `lane_count`
  std::uint32_t lane_count = 1;  // of a scheduler without such an option

  [[nodiscard]] const SubjectOption* option(std::string_view name) const;  // nullptr: none
};

[[nodiscard]] Subject registered_subject(const SchedulerInfo& info);
// Of every scheduler of the registry, in its order.
[[nodiscard]] std::vector<Subject> registered_subjects();

}  // namespace lockstep
