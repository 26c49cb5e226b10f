// The arrivals of one run, opened: a trace file, a bundled trace or a generator, scaled by --load.
#pragma once

#include <memory>
#include <string>

#include "cli/queue_order.h"
#include "cli/run_plan.h"
#include "core/result.h"
#include "sim/load_scaling.h"
#include "sim/poisson_arrivals.h"
#include "traces/manifest.h"
#include "traces/trace_reader.h"

namespace lockstep {

class Traffic {
 public:
  // Errors: those of the trace's first bytes (missing file, wrong header). `run` outlives this.
  [[nodiscard]] static Result<Traffic> open(const PreparedRun& run);

  [[nodiscard]] ArrivalSource& source() {
    return ordered_ ? static_cast<ArrivalSource&>(*ordered_) : scaled_ ? *scaled_ : *base_;
  }
  // Valid once the source was read to its end.
  [[nodiscard]] TraceIdentity identity() const;

 private:
  std::string name_;
  std::unique_ptr<ArrivalSource> base_;
  TraceReader* reader_ = nullptr;  // base_, when it reads a trace
  std::unique_ptr<LoadScaledArrivals> scaled_;
  std::unique_ptr<QueueOrder> ordered_;
};

}  // namespace lockstep
