// Completions of lanes on their way from CUDA's threads to the driver's: bounded, without a lock.
//
// Any thread pushes, one pops. A lane has at most two entries in it: that of a batch that was given
// up after the device had answered a question about it with an error, and that of its next batch.
// So a ring of two places per lane is never full, and a place is never written before it was read.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.h"
#include "core/time.h"

namespace lockstep {

class CompletionRing {
 public:
  explicit CompletionRing(std::uint32_t lane_count) : places_(std::bit_ceil(2 * lane_count)) {}

  struct Completion {
    LaneId lane{0};
    std::uint64_t batch = 0;  // the lane's launches so far
    SimTime noticed{};
  };

  void push(Completion completion) {
    Place& place = at(tail_.fetch_add(1, std::memory_order_acq_rel));
    place.batch = completion.batch;
    place.noticed = completion.noticed;
    place.lane_plus_one.store(std::uint64_t{raw(completion.lane)} + 1, std::memory_order_release);
  }

  // In the order of push(); nothing while the next entry is still being written.
  [[nodiscard]] std::optional<Completion> pop() {
    Place& place = at(head_);
    const std::uint64_t lane_plus_one = place.lane_plus_one.load(std::memory_order_acquire);
    if (lane_plus_one == 0) {
      return std::nullopt;
    }
    const Completion completion{LaneId{static_cast<std::uint32_t>(lane_plus_one - 1)}, place.batch,
                                place.noticed};
    // Relaxed is enough: whoever takes this place next does so after a push (acquire and release)
    // of a lane that was launched after this pop.
    place.lane_plus_one.store(0, std::memory_order_relaxed);
    ++head_;
    return completion;
  }

 private:
  struct Place {
    std::atomic<std::uint64_t> lane_plus_one{0};  // 0: empty
    std::uint64_t batch = 0;
    SimTime noticed{};
  };
  [[nodiscard]] Place& at(std::uint64_t index) { return places_[index & (places_.size() - 1)]; }

  std::vector<Place> places_;
  std::atomic<std::uint64_t> tail_{0};
  std::uint64_t head_ = 0;
};

}  // namespace lockstep
