#include "tests/support/fault_run.h"

#include <utility>

#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "sim/device_text.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep::support {

void FaultRun::journal(const JournalLine& line) {
  lines.push_back(line);
  const Input& input = line.input;
  if (line.is_input && input.kind == InputKind::kLaneDown) {
    lanes.push_back(std::to_string(ns_of(input.now)) + " lane-down " +
                    std::to_string(raw(input.lane)) + " " + std::string(status_name(input.status)));
  } else if (line.is_input && input.kind == InputKind::kLaneUp) {
    lanes.push_back(std::to_string(ns_of(input.now)) + " lane-up " +
                    std::to_string(raw(input.lane)));
  }
}

void FaultRun::request_ended(const RequestEnd& end) {
  answers.push_back("r" + std::to_string(raw(end.request.id)) + " " +
                    std::string(status_name(end.status)) + " " +
                    std::string(reason_name(end.reason)) + " " + std::to_string(ns_of(end.at)));
}

void FaultRun::batch_ended(const BatchRecord& batch) {
  batches.push_back(
      "B" + std::to_string(raw(batch.id)) + " lane " + std::to_string(raw(batch.lane)) + " " +
      std::to_string(ns_of(batch.dispatched)) + ".." + std::to_string(ns_of(batch.device_start)) +
      ".." + std::to_string(ns_of(batch.finished)));
}

void FaultRun::request_unanswered(const Request& request) {
  answers.push_back("r" + std::to_string(raw(request.id)) + " unanswered");
}

std::unique_ptr<FaultRun> run_with_faults(std::unique_ptr<Scheduler> scheduler,
                                          const FaultRunOptions& options,
                                          std::vector<Arrival> arrivals) {
  auto run = std::make_unique<FaultRun>();
  const Result<FaultPlan> plan = parse_fault_plan("plan", options.faults);
  EXPECT_TRUE(plan) << plan.error().message;
  EXPECT_TRUE(check_fault_plan(*plan, options.lane_count, options.gpu_count));
  Server server(std::move(scheduler),
                {.lane_count = options.lane_count, .settings_digest = options.settings_digest},
                run.get());
  VectorArrivals source(std::move(arrivals));
  const Result<SimulationResult> result = simulate({.device = *parse_device(options.gpu),
                                                    .gpu_count = options.gpu_count,
                                                    .seed = options.seed,
                                                    .queue_names = &source.queue_names(),
                                                    .faults = &*plan},
                                                   source, server);
  EXPECT_TRUE(result) << result.error().message;
  run->result = *result;
  run->digest = server.digest();
  return run;
}

std::unique_ptr<FaultRun> run_with_faults(const FaultRunOptions& options,
                                          const std::vector<std::int64_t>& arrivals) {
  return run_with_faults(std::move(*make_tf_shared({.max_batch_size = 1,
                                                    .batch_timeout_micros = 0,
                                                    .max_enqueued_batches = 100,
                                                    .num_batch_threads = options.lane_count})),
                         options, VectorArrivals::at(arrivals));
}

}  // namespace lockstep::support
