// What listens to a run: its figures, and with a log the files of a directory that nobody sees yet.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/execute.h"
#include "cli/run_directory.h"
#include "cli/run_sinks.h"
#include "core/result.h"
#include "reports/metrics.h"
#include "traces/run_writer.h"

namespace lockstep {

class RunListener {
 public:
  // `queue_names` may grow while the run goes on, and outlives this. Errors: those of the directory
  // and of the files.
  [[nodiscard]] static Result<std::unique_ptr<RunListener>> create(
      const ExecuteOptions& options, const PreparedRun& run,
      const std::vector<std::string>& queue_names);

  // Where the run's server tells what happens.
  [[nodiscard]] EventSink& sink() { return both_ ? static_cast<EventSink&>(*both_) : metrics_; }
  [[nodiscard]] const RunMetrics& metrics() const { return metrics_; }
  // nullptr without a log.
  [[nodiscard]] const RunDirectory* directory() const {
    return directory_ ? &*directory_ : nullptr;
  }

  // After the last event: the other files, and `outcome` has the directory to publish. Nothing
  // without a log. Once.
  [[nodiscard]] Result<void> complete(RunOutcome& outcome);

 private:
  RunListener(const MetricsOptions& options, const std::vector<std::string>& queue_names)
      : metrics_(options), queue_names_(queue_names) {}

  RunMetrics metrics_;
  const std::vector<std::string>& queue_names_;
  std::optional<RunDirectory> directory_;
  std::unique_ptr<RunWriter> files_;
  std::optional<MetricsAndFiles> both_;
};

}  // namespace lockstep
