// What a scenario reached in the reference, so that agreement with the scheduler means something.
//
// Every mark is one rule, or one side of a boundary; a campaign must hit each. Q: number of the
// quirk in TF 2.17.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lockstep::full_reference {

enum class Mark : std::uint8_t {
  // TF 2.17
  kSmallerTakenAfterRefusal,
  kRefusedWithOneBatch,
  kFullBatchStayedOpen,
  kMergedArrivalOpens,
  kMergeNeverFits,
  kRankIgnoresLow,
  kLowBatchToppedUp,
  kLowNotFlushed,
  kAwareNotFlushed,
  kExecutionZeroRefused,
  kEmptyByPolicy,
  kEmptyByFiltering,
  // TF 2.1, 2.6
  kTooLarge,
  kQueueFull,
  kSplit,
  kSplitWithoutRoom,
  kSplitIntoFour,
  kSplitCapacityExact,
  kSplitCapacityOneOver,
  kZeroBatchesActAsOne,
  kHundredWaiting,
  // TF 2.2, 2.3, 2.10
  kLeftAtItsTimeout,
  kLeftOverdue,
  kLeftFull,
  kLeftClosed,
  kFlushed,
  kMergeFlushed,
  kClosedWhileRunning,
  // TF 2.4, 2.5
  kQueueDeleted,
  kQueueAddedLate,
  kEarlierQueuePassedOver,
  kRankTie,
  kRankEarlierStart,
  kRankLowClass,
  kRankBestYieldsNothing,
  kRankClosedBatch,
  kRankAgainstAware,
  kHighestLane,
  kArrivalAtACompletion,
  kArrivalAtADeadline,
  kArrivalJustBeforeADeadline,
  kTwoCompletionsAtOnce,
  // TF 2.7
  kLowTooLarge,
  kLowFull,
  kLowCapacityExact,
  kLowOnlyByTimeout,
  kLowOnlyBySize,
  kLowWaitsBehindOpenBatch,
  kLowNotSkipped,
  kPaddedToMaximum,
  kPaddedToNextAllowed,
  kNextAllowedLeavesNoRoom,
  kIsolated,
  kMerged,
  kMergeOnlyMoved,
  kMergeCut,
  kMergeStoppedAtMisfit,
  // TF 2.8, 2.9
  kTrimmed,
  kTrimmedLow,
  kTrimStraddles,
  kNoSmallerSize,
  kTrimTimeTruncated,
  kTrimmedStartOverflowed,
  kOverflowNotTrimmed,
  kPaddingDisabled,
  kCostUnknown,
  kCostKeeps,
  kCostTrims,
  kCostEqualTrims,
  kCostMeasuredOnly,
  kPaddedUp,
  kPaddedByLowSizes,
  // TF 2.11
  kAwareFull,
  kEqualNeverEvicts,
  kEvicted,
  kEvictedSeveral,
  kEvictedInVain,
  kEvictedWithOtherPieces,
  kLargerThanDepth,
  kAwareReadyByOther,
  kAwareCut,
  kAwarePieceNotCut,
  kAwarePieceCutAgain,
  kAwareReturnedBehindEqual,
  kAwareReduced,
  kExpired,
  kExpiredAtItsDeadline,
  kExpiredWithOtherPieces,
  kExpiredExecuted,
  // TF 2.6: pieces share one answer; and reports
  kAnsweredByItsLastPiece,
  kFirstErrorWins,
  kNeverAnswered,
  kProbedBatches,
  kProbedAware,
  kCount
};

inline constexpr std::size_t kMarkCount = static_cast<std::size_t>(Mark::kCount);

class Marks {
 public:
  void hit(Mark mark) { ++counts_[static_cast<std::size_t>(mark)]; }
  void hit_if(bool condition, Mark mark) {
    counts_[static_cast<std::size_t>(mark)] += condition ? 1u : 0u;
  }
  [[nodiscard]] std::uint64_t count(std::size_t mark) const { return counts_[mark]; }

 private:
  std::array<std::uint64_t, kMarkCount> counts_{};
};

// In the words of a histogram; Requires: mark < kMarkCount.
[[nodiscard]] std::string_view mark_name(std::size_t mark);

}  // namespace lockstep::full_reference
