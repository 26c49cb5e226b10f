// Streams a run into its directory: requests.csv, batches.csv and journal.csv.zst.
//
// Columns: traces/run_log.h and traces/journal_csv.h. Nothing is kept in memory but the buffers.
// An EventSink cannot fail, so errors are kept and reported by close(), which must be called.
// manifest.json is written by whoever knows the run (traces/manifest.h), last: a directory without
// it is not a run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/event_log.h"
#include "core/result.h"
#include "traces/output_file.h"

namespace lockstep {

struct RunWriterOptions {
  std::string directory;        // is there
  std::uint32_t gpu_count = 1;  // lane i works on GPU i mod gpu_count
  // Indexed by QueueId; may grow while the run goes on; outlives the writer.
  const std::vector<std::string>* queue_names = nullptr;
  bool journal = true;  // false: no journal.csv.zst
};

class RunWriter final : public EventSink {
 public:
  [[nodiscard]] static Result<std::unique_ptr<RunWriter>> create(const RunWriterOptions& options);

  [[nodiscard]] bool wants_journal() const override { return journal_ != nullptr; }
  void journal(const JournalLine& line) override;
  void request_ended(const RequestEnd& end) override;
  void batch_ended(const BatchRecord& batch) override;
  void request_unanswered(const Request& request) override;

  // Once, after the last event. Errors: the first one of any file, with its path.
  [[nodiscard]] Result<void> close();

 private:
  explicit RunWriter(const RunWriterOptions& options) : options_(options) {}
  void append_queue(QueueId queue);
  void append_request(const Request& request);

  RunWriterOptions options_;
  std::unique_ptr<ByteSink> requests_;
  std::unique_ptr<ByteSink> batches_;
  std::unique_ptr<ByteSink> journal_;
  std::string row_;  // reused
};

}  // namespace lockstep
