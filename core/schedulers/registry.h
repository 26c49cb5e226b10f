// Every scheduler by name, with its options: one explicit list, in registry.cpp.
//
// Options carry the names, units and defaults of the server's own configuration file, so that
// `--set batch_timeout_micros=5000` needs no dictionary. Values are integers; a time is in the unit
// that the name says.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/scheduler.h"

namespace lockstep {

struct OptionInfo {
  std::string_view name;
  std::string_view unit;           // "rows", "us", "batches", "threads"
  std::int64_t default_value = 0;  // kServerCpus: the assumed CPU count of the server
  std::string_view help;
};
// Default of an option that the server would take from its own CPU count: see --server-cpus.
inline constexpr std::int64_t kServerCpus = -1;

// Values by option name; names that are absent take the default.
using OptionValues = std::vector<std::pair<std::string, std::int64_t>>;

struct SchedulerInfo {
  std::string_view name;
  std::string_view goal;  // one line
  std::span<const OptionInfo> options;
  // Builds it. `values` holds every option exactly once (complete_options). Errors: an invalid
  // value, with the server's own text ("batch_timeout_micros must be non-negative; was -1").
  Result<std::unique_ptr<Scheduler>> (*make)(const OptionValues& values) = nullptr;
  // The option whose value is the number of lanes, and the one that caps the rows of a batch.
  std::string_view lane_option;
  std::string_view batch_option;
};

[[nodiscard]] std::span<const SchedulerInfo> all_schedulers();

// nullptr when unknown.
[[nodiscard]] const SchedulerInfo* find_scheduler(std::string_view name);

// All options of `info` in its order: given values, else defaults, with kServerCpus replaced by
// `server_cpus`. Errors: a name that `info` does not have (the message suggests the nearest), a
// name given twice.
[[nodiscard]] Result<OptionValues> complete_options(const SchedulerInfo& info,
                                                    const OptionValues& given,
                                                    std::int64_t server_cpus);

// The value of an option. Requires: it is there.
[[nodiscard]] std::int64_t option_value(const OptionValues& values, std::string_view name);

// The known name with the smallest edit distance to `name` (ties: first), "" when all are far.
[[nodiscard]] std::string_view nearest_name(std::string_view name,
                                            std::span<const std::string_view> known);

}  // namespace lockstep
