// Where the times of a device's events lie on the runtime's clock. Pure logic, no CUDA.
//
// A device gives times as distances from an event, the anchor. The anchor's own time on the
// runtime's clock is not known, only bounded: whatever the device did after the host asked for it
// and before the host saw it gives a lower and an upper bound. Every batch does (its begin is not
// before its launch, its end not after it was seen to be done), so the bounds tighten with use and
// nobody has to wait for the device. Between batches they widen by what two clocks may drift apart
// (kDriftPartsPerMillion). Bounds that contradict each other mean more drift than that: the last
// batch's own then count alone (reanchored()).
//
// A batch is placed with the anchor in the middle of its bounds. The error of that is half their
// distance, plus the resolution of the events: 500 ns as CUDA states it, and what a float of
// milliseconds loses with its distance. Lengths within a batch do not suffer from any of this.
#pragma once

#include <cstdint>

#include "core/time.h"

namespace lockstep {

// Clocks of a host and of a PCIe device run apart by tens of parts per million; NTP may slew by
// 500, but not for long.
inline constexpr std::int64_t kDriftPartsPerMillion = 100;

// How far apart two CUDA events have to be that `distance` is read.
[[nodiscard]] SimDuration event_resolution(SimDuration distance);
// What cudaEventElapsedTime gave, to the nearest nanosecond.
[[nodiscard]] SimDuration from_milliseconds(float milliseconds);

class TimeMapping {
 public:
  // The anchor was asked for at `before` and seen at `after`. Requires: before <= after.
  void set_anchor(SimTime before, SimTime after);
  // Another event is the anchor now: `distance` after the old one, by the device's time.
  void move_anchor(SimDuration distance);

  struct Batch {
    SimTime launched{};
    SimTime noticed{};     // seen to be done
    SimDuration begin{0};  // since the anchor, by the device
    SimDuration length{0};
  };
  struct Placed {
    SimTime begin{};  // in [launched, noticed]; begin + length, too, where that fits
    SimDuration error{0};
  };
  // Requires: launched <= noticed, and batches in their order.
  Placed place(const Batch& batch);

  [[nodiscard]] SimTime anchor() const { return low_ + (high_ - low_) / 2; }
  // The largest error of a batch so far; before the first, that of the anchor.
  [[nodiscard]] SimDuration error_max() const { return error_max_; }
  [[nodiscard]] std::uint64_t reanchored() const { return reanchored_; }

 private:
  // Bounds of the anchor's time, as they were at seen_at_.
  SimTime low_{};
  SimTime high_{};
  SimTime seen_at_{};
  SimDuration error_max_{0};
  bool placed_any_ = false;
  std::uint64_t reanchored_ = 0;
};

}  // namespace lockstep
