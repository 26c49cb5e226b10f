// Random options of tf-shared for scenarios, and the dice that they are drawn with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/prng.h"
#include "core/schedulers/tf_options.h"

namespace lockstep::full_reference {

// One draw per call.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t number)
      : prng_(seed, "tf-full-scenario-" + std::to_string(number)) {}

  [[nodiscard]] bool one_in(std::uint64_t odds) { return prng_.below(odds) == 0; }
  [[nodiscard]] std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(prng_.below(static_cast<std::uint64_t>(bound)));
  }
  [[nodiscard]] std::int64_t between(std::int64_t least, std::int64_t most) {
    return least + below(most - least + 1);
  }
  template <std::size_t kCount>
  [[nodiscard]] std::int64_t pick(const std::array<std::int64_t, kCount>& from) {
    return from[prng_.below(kCount)];
  }

 private:
  Prng prng_;
};

// What a scenario uses at all: its swarm mask.
struct Features {
  bool listed_queues = false;
  bool splitting = false;
  bool allowed_sizes = false;
  bool padding_policies = false;
  bool known_costs = false;
  bool two_classes = false;
  bool low_sizes = false;
  bool priority_aware = false;
  bool client_timeouts = false;
  bool rank = false;
  bool closing = false;
  bool probes = false;
  bool failures = false;
  bool device_waits = false;
  bool stall = false;
  bool far_splitting = false;  // requests of many pieces
};

[[nodiscard]] Features draw_features(Dice& dice);
// Accepted ones. The time-outs of all queues are near batch_timeout_micros.
[[nodiscard]] TfSharedOptions draw_options(Dice& dice, const Features& on);
// Makes them refused, for one reason.
void plant_defect(Dice& dice, TfSharedOptions& options);

// Of the queues that are not listed.
[[nodiscard]] TfQueueOptions other_queues(const TfSharedOptions& options);

}  // namespace lockstep::full_reference
