// The schedulers that a conformance scenario can name, and the keys that each adds to the grammar.
//
// A kind is one row of a table in the .cpp: its name (the scenario's "sched"), its scheduler
// options (keys of the scenario itself), its queue options (keys of the second half of a `queues`
// entry), how a scheduler is made of them, and the few rules in which kinds differ for whoever
// drives one. A scheduler that wraps another is a ConformanceSettings that owns the inner one's.
// Owned by the scenario. The keys themselves: conformance_scenario.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/scheduler.h"
#include "core/time.h"
#include "properties/located_json.h"

namespace lockstep {

// In what the schedulers differ for the one who drives them.
struct ConformanceRules {
  bool empty_requests = false;  // a request may have no rows
  // 0: closing a queue returns when nothing of it waits or runs (TF 2.10). Else when none of its
  // batches waits, which is looked at at once and then every so often (TF 3.1).
  SimDuration close_poll{0};
};

// The scheduler of one scenario, as the file describes it.
class ConformanceSettings {
 public:
  ConformanceSettings() = default;
  ConformanceSettings(const ConformanceSettings&) = delete;
  ConformanceSettings& operator=(const ConformanceSettings&) = delete;
  virtual ~ConformanceSettings() = default;

  // Takes a key of the scenario; false when it is none of this scheduler's options.
  [[nodiscard]] virtual Located<bool> read_option(const LocatedJson::Member& member) = 0;
  // The options of the next queue.
  [[nodiscard]] virtual Located<void> read_queue(const LocatedJson& options) = 0;
  // "rank, ...": for messages.
  [[nodiscard]] virtual std::string option_keys() const = 0;
  [[nodiscard]] virtual const ConformanceRules& rules() const = 0;
  // Errors: those of the scheduler's options.
  [[nodiscard]] virtual Result<std::unique_ptr<Scheduler>> make(
      std::int64_t thread_count) const = 0;
};

// nullptr when there is no such kind.
[[nodiscard]] std::unique_ptr<ConformanceSettings> make_conformance_settings(std::string_view kind);
// "shared, adaptive": for messages.
[[nodiscard]] std::string conformance_kind_names();

}  // namespace lockstep
