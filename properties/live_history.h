// What clients and the device of a live run saw, as a history of operations: each with the
// positions of its invocation and its response in the one order of all events of the run.
//
//   submit    from a client's call until it returns
//   cancel    the same
//   launch    a batch is handed to the device: an instant
//   complete  the device says that a batch is done, or refuses it; the driver never responds
//   answer    a request is answered: an instant
//
// Only the two faces of the driver are looked at, not what its core says about itself. Whether one
// sequence of inputs explains it: live_linearization.h.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/runtime.h"
#include "gpu_backend/forwarding_device.h"

namespace lockstep {

enum class LiveOperationKind : std::uint8_t { kSubmit, kCancel, kLaunch, kComplete, kAnswer };

inline constexpr std::uint64_t kNeverResponds = std::numeric_limits<std::uint64_t>::max();

struct LiveOperation {
  LiveOperationKind kind = LiveOperationKind::kSubmit;
  std::uint64_t invoked = 0;
  std::uint64_t responded = 0;  // not before `invoked`; equal: an instant
  SimTime at{};                 // when it was invoked
  std::size_t request = 0;      // kSubmit, kCancel, kAnswer: its place in the arrivals
  LaneId lane{0};               // kLaunch, kComplete
  std::uint32_t rows = 0;       // kLaunch
  Status status = Status::kOk;  // kComplete, kAnswer
  SimDuration device_time{0};   // kComplete
  SimTime answered{};           // kAnswer: the time that the answer states
};

using LiveHistory = std::vector<LiveOperation>;  // in the order of invocation

// Counts positions while a run goes on. Single-threaded, as a controlled run is.
class LiveHistoryRecorder {
 public:
  LiveHistoryRecorder(LiveHistory& history, const Clock& clock)
      : history_(history), clock_(clock) {}
  // Its number, for respond(). Fills in the positions and the time.
  std::size_t invoke(LiveOperation operation);
  void respond(std::size_t number) { history_[number].responded = position_++; }
  void instant(const LiveOperation& operation);

 private:
  LiveHistory& history_;
  const Clock& clock_;
  std::uint64_t position_ = 0;
};

// Records launches and completions of `device`; else it is the device.
class RecordedDevice final : public ForwardingDevice {
 public:
  // Both outlive this.
  RecordedDevice(Device& device, LiveHistoryRecorder& recorder) : recorder_(recorder) {
    forward_to(device);
  }
  [[nodiscard]] Taken take(LaneId lane, std::uint32_t padded_rows) override;
  [[nodiscard]] Status launch(LaneId lane, SimTime now) override;
  [[nodiscard]] std::optional<LaunchDone> poll() override;

 private:
  void complete(LaneId lane, Status status, SimDuration device_time);

  LiveHistoryRecorder& recorder_;
};

}  // namespace lockstep
