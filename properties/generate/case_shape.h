// The structure of a case, drawn before its numbers: how large, which features, what traffic.
//
// Swarm testing: each feature is on or off for a whole case, so that those which mask each other
// (a closed queue ends everything) leave cases in which the others go on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lockstep {

// Requests: 1 to 10, 25 to 75, 76 to 199, 200 to 320.
enum class SizeClass : std::uint8_t { kTiny, kMedium, kLarge, kHuge };

enum class TrafficStyle : std::uint8_t {
  kBoundary,  // around the instants at which something is decided
  kSaturate,  // more than the lanes can do
  kBursts,    // many at one instant
  kSparse,    // mostly one at a time
  kMixed,
};
inline constexpr std::uint8_t kTrafficStyleCount = 5;

enum class Feature : std::uint8_t {
  kSimulated,       // in the simulator, on a described device
  kFaults,          // of the device (simulated) or lanes that go down (scripted)
  kQueues,          // more than one queue
  kQueueOptions,    // queues with options of their own
  kManyQueues,      // more than a handful: what keeps their deadlines is a tree
  kSplitting,       //
  kAllowedSizes,    //
  kPriorities,      // requests of more than one priority
  kPriorityQueue,   // enable_priority_queue
  kPriorityAware,   // enable_priority_aware_batch_scheduler
  kClientTimeouts,  //
  kSession,         // batching_session
  kRetrier,         //
  kPolling,         // idle_poll_micros
  kRanking,         // rank_queues
  kCancels,         //
  kClosings,        //
  kZeroRows,        //
  kFailures,        // executions that fail
  kDeviceWaits,     // batches wait for their device
  kSlowBatches,     // some take far longer than others
  kTies,            // simultaneous events in another order
  kQuickBatches,    // the device is far quicker than time-outs: lanes idle, batches form
  kLateStart,       // the first request comes at 2^31, 2^32, 2^53 ns, or one before
};
inline constexpr std::uint8_t kFeatureCount = 24;

struct CaseShape {
  SizeClass size = SizeClass::kMedium;
  TrafficStyle style = TrafficStyle::kMixed;
  std::uint32_t features = 0;       // bit i: Feature i
  std::int64_t base_time_us = 100;  // what time-outs and execution times are around

  [[nodiscard]] bool has(Feature feature) const {
    return (features >> static_cast<unsigned>(feature) & 1u) != 0;
  }
};

}  // namespace lockstep
