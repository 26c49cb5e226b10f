// Every scheduler by name, with its options: one explicit list, in registry.cpp.
//
// Options carry the names, units and defaults of the server's own configuration file, so that
// `--set batch_timeout_micros=5000` needs no dictionary.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/scheduler.h"
#include "core/schedulers/options.h"
#include "core/schedulers/queue_models.h"

namespace lockstep {

// A queue that exists from the start, with options of its own.
struct QueueSpec {
  std::string name;
  OptionValues values;  // every option of scope kQueue, once
};

// Everything a scheduler is built from.
struct SchedulerSpec {
  OptionValues values;  // every option once (complete_options)
  std::vector<QueueSpec>
      queues{};  // in the order of their ids; others follow on their first request
  // Whose options the queues have that follow. Not owned, outlives the scheduler; nullptr: all have
  // the common ones.
  const QueueModels* models = nullptr;
  std::uint64_t seed = 1;  // root of the streams that a scheduler draws from
};

struct SchedulerInfo {
  std::string_view name;
  std::string_view goal;  // one line
  std::span<const OptionInfo> options;
  // Errors: an invalid value, with the server's own text ("batch_timeout_micros must be
  // non-negative; was -1"); queues with options of their own where a scheduler has none.
  std::function<Result<std::unique_ptr<Scheduler>>(const SchedulerSpec& spec)> make{};
  std::string_view lane_option;  // its value is the number of lanes
  // Its value caps the rows that one batch executes. Requires: a complete set of values.
  std::function<std::int64_t(const OptionValues& values)> rows_max{};
  std::string_view batch_option;  // the option to name when that is too much for a GPU curve
};

[[nodiscard]] std::span<const SchedulerInfo> all_schedulers();

// nullptr when unknown.
[[nodiscard]] const SchedulerInfo* find_scheduler(std::string_view name);
[[nodiscard]] const OptionInfo* find_option(const SchedulerInfo& info, std::string_view name);

// All options of `info` in its order: given values, else defaults, with kServerCpus replaced by
// `server_cpus`. Errors: a name that `info` does not have (the message suggests the nearest), a
// name given twice, a value that is not of its option's type.
[[nodiscard]] Result<OptionValues> complete_options(const SchedulerInfo& info,
                                                    const OptionValues& given,
                                                    std::int64_t server_cpus);
// The options of scope kQueue for one queue: given values, else those of `common`. Errors as above;
// an option of scope kScheduler.
[[nodiscard]] Result<OptionValues> complete_queue_options(const SchedulerInfo& info,
                                                          const OptionValues& given,
                                                          const OptionValues& common);

// Of complete `values`, those that settings record: see OptionInfo::always_recorded.
[[nodiscard]] OptionValues recorded_options(const SchedulerInfo& info, const OptionValues& values);

}  // namespace lockstep
