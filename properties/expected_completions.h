// When the simulated device completes each running batch, as a journal must say it.
//
// Of a plain device (one compute stream, times by rows) this is written from its description, not
// from the event loop, so that it can judge the loop's journal. Of any other it is the device model
// itself (sim/device_model.h), fed again; its rules have tests and a slow reference of their own.
// With faults it is the faulted device (sim/faulted_device.h), fed again with the run's plan: lanes
// that go down and come back are then expected, too, and in the order in which it tells them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/server.h"
#include "sim/device_description.h"
#include "sim/device_model.h"
#include "sim/fault_plan.h"

namespace lockstep {

struct ExpectedCompletion {
  std::uint32_t rows = 0;
  SimDuration device_time{0};
  SimTime finished = kForever;     // kForever: not at the time that was asked about
  std::optional<Status> status{};  // nullopt: any
};

// That `lane` went down (with this status) or came back (kOk).
struct ExpectedLaneChange {
  LaneId lane{0};
  Status down = Status::kOk;
};

class ExpectedCompletions {
 public:
  ExpectedCompletions() = default;
  ExpectedCompletions(const ExpectedCompletions&) = delete;
  ExpectedCompletions& operator=(const ExpectedCompletions&) = delete;
  virtual ~ExpectedCompletions() = default;

  // False: a batch for whose rows the device has no time, or that ends beyond the longest run: no
  // device of this run executed it. Times do not decrease from call to call.
  [[nodiscard]] virtual bool start(SimTime now, std::span<const StartedBatch> batches) = 0;
  // Of the batch that runs on `lane`, if it completes at `now`, as an input there claims. Requires:
  // one was started there.
  [[nodiscard]] virtual ExpectedCompletion on(LaneId lane, SimTime now) = 0;
  // That batch is done: how many are still pending on its GPU.
  [[nodiscard]] virtual std::int64_t complete(LaneId lane) = 0;
  // Is this the next thing that the device tells, at `now`? It is then told.
  [[nodiscard]] virtual bool take(SimTime /*now*/, const ExpectedLaneChange& /*change*/) {
    return false;
  }
  // Before an input that is not the device's: has it told everything up to and at `now`?
  [[nodiscard]] virtual bool has_told_all(SimTime /*now*/) { return true; }
  // "the GPU, one batch after another,": for messages.
  [[nodiscard]] virtual std::string_view subject() const = 0;
};

// `device` and `faults` outlive it; nullptr or an empty plan: no faults. Requires: its sharing
// covers the lanes of one GPU; check_fault_plan held.
[[nodiscard]] std::unique_ptr<ExpectedCompletions> make_expected_completions(
    const DeviceDescription& device, const DeviceOptions& options, const FaultPlan* faults);

}  // namespace lockstep
