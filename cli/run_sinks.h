// One sink for the two listeners of a logged run: the figures and the files.
#pragma once

#include "reports/metrics.h"
#include "traces/run_writer.h"

namespace lockstep {

class MetricsAndFiles final : public EventSink {
 public:
  // Both outlive this.
  MetricsAndFiles(RunMetrics& metrics, RunWriter& files) : metrics_(metrics), files_(files) {}

  [[nodiscard]] bool wants_journal() const override { return files_.wants_journal(); }
  void journal(const JournalLine& line) override { files_.journal(line); }
  void requests_ended(const RequestsEnd& ends) override {
    metrics_.requests_ended(ends);
    files_.requests_ended(ends);
  }
  void batch_ended(const BatchRecord& batch) override {
    metrics_.batch_ended(batch);
    files_.batch_ended(batch);
  }
  void request_unanswered(const Request& request) override {
    metrics_.request_unanswered(request);
    files_.request_unanswered(request);
  }

 private:
  RunMetrics& metrics_;
  RunWriter& files_;
};

}  // namespace lockstep
