// A run of tf-shared (or another scheduler) under a fault plan, in words.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/event_log.h"
#include "core/scheduler.h"
#include "sim/simulation.h"
#include "traces/arrival_source.h"

namespace lockstep::support {

struct FaultRun final : EventSink {
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override;
  void request_ended(const RequestEnd& end) override;
  void batch_ended(const BatchRecord& batch) override;
  void request_unanswered(const Request& request) override;

  std::vector<std::string> answers;  // "r0 OK answered 100", in ns; "r1 unanswered"
  std::vector<std::string> batches;  // "B0 lane 1 0..0..100": dispatched, begun, finished
  std::vector<std::string> lanes;    // "50 lane-down 1 UNAVAILABLE", "80 lane-up 1"
  std::vector<JournalLine> lines;
  SimulationResult result;
  std::uint64_t digest = 0;
};

struct FaultRunOptions {
  std::string faults;
  std::string gpu = "100ns+0ns/row";
  std::uint32_t lane_count = 1;
  std::uint32_t gpu_count = 1;
  std::uint64_t seed = 1;
  std::uint64_t settings_digest = 0;
};

[[nodiscard]] std::unique_ptr<FaultRun> run_with_faults(std::unique_ptr<Scheduler> scheduler,
                                                        const FaultRunOptions& options,
                                                        std::vector<Arrival> arrivals);

// Batches of one request, at once; one lane unless the options say more.
[[nodiscard]] std::unique_ptr<FaultRun> run_with_faults(const FaultRunOptions& options,
                                                        const std::vector<std::int64_t>& arrivals);

}  // namespace lockstep::support
