// From settings to a scheduler and back: NAME=VALUE for all queues, NAME@QUEUE=VALUE for one.
//
// The same text goes three ways: `--set` and configuration files give it, manifest.json keeps it,
// `check` builds the same scheduler from it again.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/schedulers/registry.h"

namespace lockstep {

using Settings = std::vector<std::pair<std::string, std::string>>;

struct SpecOptions {
  Settings given;                     // NAME or NAME@QUEUE, a later one replaces an earlier one
  std::vector<std::string> queues{};  // that exist from the start; those of `given` come after
  bool only_these_models = false;     // a queue of `given` is one of `queues`, or a signature's
  std::int64_t server_cpus = 8;
  std::uint64_t seed = 1;
};

// Complete and canonical, and accepted by the scheduler (it is built once, and thrown away).
// Errors: those of complete_options and of SchedulerInfo::make.
[[nodiscard]] Result<SchedulerSpec> make_spec(const SchedulerInfo& info,
                                              const SpecOptions& options);

// What manifest.json records of a spec; make_spec of it gives the spec again.
[[nodiscard]] Settings recorded_settings(const SchedulerInfo& info, const SchedulerSpec& spec);

// The inverse: the settings of a run that describe the scheduler. Errors: an option that is always
// recorded is missing.
[[nodiscard]] Result<SpecOptions> spec_options(const SchedulerInfo& info, const Settings& settings,
                                               std::uint64_t seed);

// The most rows that any queue's batch executes.
[[nodiscard]] std::int64_t rows_max(const SchedulerInfo& info, const SchedulerSpec& spec);

// The sizes that batches of any queue are padded to, rising; the most rows of a batch are among
// them. `unpadded`: those of a queue that does not pad, from the most rows of its batches.
[[nodiscard]] std::vector<std::uint32_t> batch_sizes(
    const SchedulerInfo& info, const SchedulerSpec& spec,
    std::vector<std::uint32_t> (*unpadded)(std::uint32_t rows_max));

}  // namespace lockstep
