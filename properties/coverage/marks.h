// What can be seen in one run: reasons, refusals, race positions, quirks. A mark is on or off.
//
// Read off the record and the settings alone, so that a mark says what happened, not what a
// scheduler thinks of itself. Numbers of marks are stable within a build only; names are for good.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/scheduler.h"
#include "core/status.h"
#include "properties/cases/case.h"
#include "properties/record/run_record.h"

namespace lockstep {

// Marks of their own, after those of reasons, statuses and pairs of inputs (Marks).
enum class Sight : std::uint8_t {
  kSettingsRefused,
  // Races within a batch's life, in ns:
  kStartedAtTimeout,        // exactly at the time-out of its first request
  kStartedLate,             // due before: no lane was idle
  kJoinedOneBeforeTimeout,  // a member came one ns before the time-out, and is in
  kJoinedAtTimeout,         // ... at it, and is in
  kMissedAtTimeout,         // ... at it, and is in a later batch
  kArrivedOneAfterTimeout,  // ... one ns after it, and is in a later batch
  kJoinedOverdue,           // a member came after the batch was due
  kCancelledWaiting,        // before its first piece was started
  kCancelledAtStart,        // at the instant of that
  kCancelledRunning,
  kCancelledAtDone,  // at the instant its batch ended, before that
  kCancelHonoured,   // it ended so
  kCancelTooLate,    // it ended otherwise
  kClosedWaiting,    // a queue, while a request of it waited
  kClosedRunning,    // ... while a batch of it ran
  kClosedEmpty,      // ... with neither
  kDeadlineOneBeforeStart,
  kDeadlineAtStart,
  kDeadlineOneAfterStart,
  kGaveUpRetrying,  // refused later than it came
  // Sizes:
  kFullBatch,     // as many rows as a batch may have
  kOneRowShort,   // one row fewer
  kPadded,        // more rows executed than it has
  kEmptyBatch,    // no members
  kZeroRowBatch,  // members, but no rows
  kZeroRowRequest,
  kSplitInTwo,
  kSplitInMore,
  kPiecesAtOnce,      // two batches ran pieces of one request at one time
  kRequestAtLimit,    // as many rows as one may have, accepted
  kRequestOverLimit,  // one row more
  kUnsealedStart,
  kPaddingList,  // low-priority members behind the others
  // Queues and lanes:
  kSeveralQueues,
  kOwnQueueOptions,
  kAllLanesBusy,
  kSmallAfterLarge,    // TF 2.17 quirk 1: refused, then a smaller one accepted at once
  kOpenBatchIsQueue,   // quirk 2: refused with max_enqueued_batches 1
  kFullBatchWaits,     // quirk 3: full, and nobody takes it
  kMergedRanked,       // quirk 4: priority_merge under rank_queues
  kNeverFits,          // quirk 5: priority_merge, a first request larger than a batch
  kLowStarves,         // quirk 6: rank_queues, and low-priority requests never go
  kLowAboveLimit,      // quirk 7
  kLowAfterClose,      // quirk 8: not flushed by closing
  kSessionUntimed,     // quirk 13: batching_session, a request without a time-out
  kDeadSizes,          // quirk 14: an allowed size above the execution size
  kUnanswered,         // the run is over, and somebody waits
  kFailedExecution,    //
  kSplitFailed,        // one piece of several failed
  kEvictedByCritical,  // and the newcomer was accepted
  // Worlds:
  kSimulated,
  kTwoGpus,
  kFaultsInside,
  kFaultsBeyond,
  kLaneDownIdle,  // while it ran nothing
  kLaneDownBusy,
  kLaneLost,
  kTiesChosen,
  kBeyond31Bits,  // of ns
  kBeyond32Bits,
  kBeyond53Bits,
};
inline constexpr std::size_t kSightCount = static_cast<std::size_t>(Sight::kBeyond53Bits) + 1;

// Batch reasons, end reasons, end statuses, inputs, pairs of inputs at one instant, sights.
inline constexpr std::size_t kMarkCount =
    std::size_t{2} * kReasonCount + kStatusCount + kInputKindCount +
    std::size_t{kInputKindCount} * kInputKindCount + kSightCount;
using Marks = std::bitset<kMarkCount>;

[[nodiscard]] std::size_t mark_of_batch(Reason reason);
[[nodiscard]] std::size_t mark_of_end(Reason reason);
[[nodiscard]] std::size_t mark_of_end(Status status);
[[nodiscard]] std::size_t mark_of_input(InputKind kind);
// Two inputs at one instant, one right after the other.
[[nodiscard]] std::size_t mark_of_race(InputKind first, InputKind second);
[[nodiscard]] std::size_t mark_of(Sight sight);

// "batch full", "end queue-full", "arrive then timer", "cancelled-at-start".
[[nodiscard]] std::string mark_name(std::size_t mark);
// kMarkCount when there is none of that name.
[[nodiscard]] std::size_t find_mark(std::string_view name);

// All that `run` of `value` shows.
[[nodiscard]] Marks marks_of(const Case& value, const RunRecord& run);

}  // namespace lockstep
