// The arrivals of one run, opened: a trace file, a bundled trace or a generator; repeated and
// replicated, then scaled by --load, then cut at --length.
#pragma once

#include <memory>
#include <string>

#include "cli/queue_order.h"
#include "cli/run_plan.h"
#include "core/result.h"
#include "sim/load_scaling.h"
#include "sim/trace_scaling.h"
#include "traces/manifest.h"
#include "traces/trace_reader.h"

namespace lockstep {

// The arrivals of another source; remembers when the first and the last one came.
class SpanOfArrivals final : public ArrivalSource {
 public:
  // `source` outlives this.
  explicit SpanOfArrivals(ArrivalSource& source) : source_(source) {}
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return source_.queue_names();
  }
  // From the first arrival to the last; 0 before there are two.
  [[nodiscard]] SimDuration span() const { return last_ - first_; }

 private:
  ArrivalSource& source_;
  bool any_ = false;
  SimTime first_{};
  SimTime last_{};
};

struct OpenedTrace {
  std::string name;  // of the file, without its directory
  std::unique_ptr<TraceReader> reader;
};

// The trace that a plan names, as its format, map and sort say: a file, "-", or a bundled one (a
// bundled name means that one, whatever lies here: ./NAME is a file). Errors: those of the trace's
// first bytes.
[[nodiscard]] Result<OpenedTrace> open_trace_of(const RunPlan& plan);

class Traffic {
 public:
  // Errors: those of the trace's first bytes (missing file, wrong header). `run` outlives this.
  [[nodiscard]] static Result<Traffic> open(const PreparedRun& run);

  [[nodiscard]] ArrivalSource& source() { return *top_; }
  // For a scheduler that has queues of its own; nullptr with one that has none.
  [[nodiscard]] const QueueModels* queue_models() const {
    return ordered_ == nullptr ? nullptr : &ordered_->models();
  }
  [[nodiscard]] SimDuration arrival_span() const { return top_->span(); }
  // The clients of the run, who tell `sink`, too; nullptr without any. `counts` outlives them.
  [[nodiscard]] std::unique_ptr<Clients> clients(const PreparedRun& run, EventSink* sink,
                                                 ClientCounts& counts) const;
  // Valid once the source was read to its end.
  [[nodiscard]] TraceIdentity identity() const;

 private:
  std::string name_;
  std::string format_;                // of generated arrivals
  std::uint64_t content_digest_ = 0;  // of the files that they read
  std::unique_ptr<ArrivalSource> base_;
  TraceReader* reader_ = nullptr;  // base_, when it reads a trace
  std::unique_ptr<ScaledTrace> copied_;
  std::unique_ptr<LoadScaledArrivals> scaled_;
  std::unique_ptr<ShortenedArrivals> shortened_;
  std::unique_ptr<QueueOrder> ordered_;
  std::unique_ptr<SpanOfArrivals> top_;
  QueueId client_queue_{0};
};

}  // namespace lockstep
