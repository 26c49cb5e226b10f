// A second, slow model of TF-Serving's serial-device scheduler (rules of TF 3.2), for relation M7
// and for tests.
//
// Every turn of every loop is an event, idle or not; batches are one list that is searched from the
// start. Shares with core/schedulers the options and nothing that decides.
// Owner: the caller; one call, one run. Slow by design: a loop that sleeps a microsecond at a time
// takes a million turns a second.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/schedulers/tf_serial_device.h"
#include "core/time.h"

namespace lockstep::reference {

struct SerialArrival {
  SimTime at{};
  std::uint32_t queue = 0;
  std::uint32_t rows = 0;
};
// What the device says of a dispatch.
struct SerialExecution {
  SimDuration duration{0};
  std::optional<std::int64_t> pending_after{};  // nullopt: as many as the others that run then
};

// One line per dispatch, in start order: "@1200 q0 lane1 [3,4]" (nanoseconds; ordinals of
// requests), and per refusal: "@1200 refused 7 UNAVAILABLE", in order of time.
struct SerialOutcome {
  std::vector<std::string> dispatches;
  std::vector<std::string> refusals;
  std::string limit;  // at the end
  // How often: a loop ended, loops were added, an adjustment was skipped.
  std::uint64_t loops_ended = 0;
  std::uint64_t loops_added = 0;
  std::uint64_t skipped = 0;
};

// Dispatch k runs as executions[k mod size]. Requires: checked options, every queue among them,
// executions not empty.
[[nodiscard]] SerialOutcome run_serial_device(const TfSerialDeviceOptions& options,
                                              std::span<const SerialArrival> arrivals,
                                              std::span<const SerialExecution> executions);

}  // namespace lockstep::reference
