// The files of a run directory that follow from its journal, written again and compared.
//
// requests.csv, batches.csv and summary.json hold nothing that the journal's inputs and the
// scheduler do not give. While a journal is re-executed, the fresh core's events are written
// beside, and each file must come out byte for byte: an edited table is found like an edited
// journal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/run_sinks.h"
#include "core/result.h"
#include "traces/manifest.h"

namespace lockstep {

class RederivedFiles {
 public:
  // Makes a scratch directory. `manifest` outlives this.
  [[nodiscard]] static Result<std::unique_ptr<RederivedFiles>> create(const Manifest& manifest);
  RederivedFiles(const RederivedFiles&) = delete;
  RederivedFiles& operator=(const RederivedFiles&) = delete;
  ~RederivedFiles();

  // For reexecute(): listens to the fresh core.
  [[nodiscard]] EventSink& sink() { return *sink_; }

  // After the last event: one sentence for each file of `run` that differs or is missing.
  [[nodiscard]] Result<std::vector<std::string>> differences(const std::string& run,
                                                             std::uint64_t digest);

 private:
  explicit RederivedFiles(const Manifest& manifest) : manifest_(manifest) {}

  const Manifest& manifest_;
  std::string scratch_;
  RunMetrics metrics_{MetricsOptions{.exact = true, .gpu_count = manifest_.gpu_count}};
  std::unique_ptr<RunWriter> files_;
  std::unique_ptr<MetricsAndFiles> sink_;
};

}  // namespace lockstep
