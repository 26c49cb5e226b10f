// How a request or a batch ended (Status) and why a decision was taken (Reason), with their names.
//
// Statuses are the canonical codes that TF-Serving and Triton answer with. A Reason's condition can
// be recomputed from the log: that is what makes a decision checkable (design 3, verification S18).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lockstep {

enum class Status : std::uint8_t {
  kOk,
  kCancelled,
  kInvalidArgument,
  kDeadlineExceeded,
  kResourceExhausted,
  kFailedPrecondition,
  kInternal,
  kUnavailable,
};
inline constexpr std::uint8_t kStatusCount = 8;

enum class Reason : std::uint8_t {
  kNone,
  // Why a batch became due:
  kFull,      // its rows reached the batch size limit (TF 2.2)
  kTimeout,   // the time-out since its first request passed, inclusive (TF 2.2)
  kGreedy,    // time-out 0: due as soon as it holds anything (TF 2.2, T = 0)
  kOverflow,  // closed because the next request did not fit (TF 2.1 step 5)
  kFlush,     // its queue was closed (TF 2.10)
  // Why a request ended:
  kAnswered,   // its batch (or its last piece) finished
  kQueueFull,  // refused: no capacity (TF 2.1 step 3)
  kTooLarge,   // refused: larger than a batch may ever be (TF 2.1 step 2)
  kBatchFailed,
  // Appended, never reordered: digests hold the numbers.
  kLowTimeout,   // a batch of low-priority requests alone: the time-out of their first passed
                 // (TF 2.7)
  kLowFull,      // ... or their rows reached their own batch size limit (TF 2.7)
  kMerged,       // low-priority rows filled the open batch up (TF 2.7, merge)
  kEvicted,      // a more critical request took its place in a full queue (TF 2.11, 2.16)
  kExpired,      // its own deadline had passed when its batch was formed (TF 2.11); of a batch: it
                 // is not executed, or took too long, for the deadlines of all in it (TF 2.13)
  kCancelled,    // its client had cancelled it when its batch was formed (TF 2.11)
  kLanesBusy,    // refused: no queue, and each lane has a batch that is full or executed (TF 2.14)
  kEmpty,        // refused: it has no rows (TF 2.0)
  kTaskLimit,    // a batch that had as many members as one may have (TF 3.1, max_tasks_per_batch)
  kExpress,      // a closed batch: it started beyond the limit, on a thread that was idle (TF 3.1)
  kOutOfMemory,  // its batch did not fit the GPU's memory
  kDeviceLost,   // its batch was on a device that was lost (docs/faults.md)
  kWatchdog,     // its batch was not done within the watchdog's time (docs/faults.md)
  kNoLane,       // every lane is down for good (core/scheduler.h, rule 9)
};
inline constexpr std::uint8_t kReasonCount = 24;

// Why the requests of a batch end that its device ended with `status`. A device is out of one
// resource only: memory.
[[nodiscard]] constexpr Reason batch_end_reason(Status status) {
  switch (status) {
    case Status::kOk:
      return Reason::kAnswered;
    case Status::kResourceExhausted:
      return Reason::kOutOfMemory;
    case Status::kUnavailable:
      return Reason::kDeviceLost;
    case Status::kDeadlineExceeded:
      return Reason::kWatchdog;
    default:
      return Reason::kBatchFailed;
  }
}

// "OK", "UNAVAILABLE": the servers' own spelling.
[[nodiscard]] std::string_view status_name(Status status);
[[nodiscard]] std::optional<Status> parse_status(std::string_view name);

// "full", "timeout", "queue-full": lower case, as printed on a batch's wall in a timing diagram.
[[nodiscard]] std::string_view reason_name(Reason reason);
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view name);

}  // namespace lockstep
