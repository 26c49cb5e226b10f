// Batches of one model on a device, one after another or on several lanes at once, and when each
// was in which stage.
//
// The caller's thread gathers, launches and polls. Every row of a batch is real: request 0, rows
// from 0. Single-threaded. Errors are kNoVerdict: the device refused or lost a batch, took too long
// or computed something else than the reference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.h"
#include "core/runtime.h"
#include "gpu_backend/device.h"
#include "gpu_backend/model_data.h"
#include "gpu_backend/model_spec.h"

namespace lockstep {

// Of a batch alone on its device.
struct AloneTimes {
  StageTimes stages;
  // From before its buffers were taken until they were given back: what a lane is occupied for.
  SimDuration lane{0};
};

class BatchRunner {
 public:
  // `device` and `clock` outlive this; a batch that takes longer than `patience` is lost.
  BatchRunner(Device& device, const ModelSpec& model, const Clock& clock, SimDuration patience);

  // One batch on lane 0, on a device that does nothing else.
  [[nodiscard]] Result<AloneTimes> run_alone(std::uint32_t rows);
  // The same; the output is compared with `reference`, for which the lane's time does not count.
  [[nodiscard]] Result<AloneTimes> run_and_compare(std::uint32_t rows, const Reference& reference);

  // `per_lane` batches on each of the first `lanes` lanes, which are kept busy all the time: rows
  // are gathered for the first batch of each lane alone, so that nobody waits for the host's
  // copies. Order: of completion. Requires: lanes <= device.lane_count(), nothing in flight.
  [[nodiscard]] Result<std::vector<StageTimes>> run_together(std::uint32_t lanes,
                                                             std::uint32_t per_lane,
                                                             std::uint32_t rows);

 private:
  enum class Gather : std::uint8_t { kYes, kNo };
  [[nodiscard]] Result<LaneBuffers> launch(LaneId lane, std::uint32_t rows,
                                           Gather gather = Gather::kYes);
  [[nodiscard]] Result<LaunchDone> wait(std::uint32_t rows);
  [[nodiscard]] tl::unexpected<Error> failed(std::uint32_t rows, const std::string& how) const;

  Device& device_;
  ModelSpec model_;
  const Clock& clock_;
  SimDuration patience_;
  std::vector<std::byte> input_;  // rows from 0, as many as were needed so far
};

}  // namespace lockstep
