#include "properties/coverage/marks.h"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

constexpr std::size_t kBatchMarks = 0;
constexpr std::size_t kEndMarks = kBatchMarks + kReasonCount;
constexpr std::size_t kStatusMarks = kEndMarks + kReasonCount;
constexpr std::size_t kInputMarks = kStatusMarks + kStatusCount;
constexpr std::size_t kRaceMarks = kInputMarks + kInputKindCount;
constexpr std::size_t kSightMarks = kRaceMarks + std::size_t{kInputKindCount} * kInputKindCount;
static_assert(kSightMarks + kSightCount == kMarkCount);

constexpr std::array<std::string_view, kInputKindCount> kInputNames = {
    "arrive", "timer", "step-done", "batch-done", "cancel", "close", "lane-up", "lane-down"};

// In the order of the enumerators.
constexpr std::array<std::string_view, kSightCount> kSightNames = {"settings-refused",
                                                                   "started-at-timeout",
                                                                   "started-late",
                                                                   "joined-one-before-timeout",
                                                                   "joined-at-timeout",
                                                                   "missed-at-timeout",
                                                                   "arrived-one-after-timeout",
                                                                   "joined-overdue",
                                                                   "cancelled-waiting",
                                                                   "cancelled-at-start",
                                                                   "cancelled-running",
                                                                   "cancelled-at-done",
                                                                   "cancel-honoured",
                                                                   "cancel-too-late",
                                                                   "closed-waiting",
                                                                   "closed-running",
                                                                   "closed-empty",
                                                                   "deadline-one-before-start",
                                                                   "deadline-at-start",
                                                                   "deadline-one-after-start",
                                                                   "gave-up-retrying",
                                                                   "full-batch",
                                                                   "one-row-short",
                                                                   "padded",
                                                                   "empty-batch",
                                                                   "zero-row-batch",
                                                                   "zero-row-request",
                                                                   "split-in-two",
                                                                   "split-in-more",
                                                                   "pieces-at-once",
                                                                   "request-at-limit",
                                                                   "request-over-limit",
                                                                   "unsealed-start",
                                                                   "padding-list",
                                                                   "several-queues",
                                                                   "own-queue-options",
                                                                   "all-lanes-busy",
                                                                   "small-after-large",
                                                                   "open-batch-is-queue",
                                                                   "full-batch-waits",
                                                                   "merged-ranked",
                                                                   "never-fits",
                                                                   "low-starves",
                                                                   "low-above-limit",
                                                                   "low-after-close",
                                                                   "session-untimed",
                                                                   "dead-sizes",
                                                                   "unanswered",
                                                                   "failed-execution",
                                                                   "split-failed",
                                                                   "evicted-by-critical",
                                                                   "simulated",
                                                                   "two-gpus",
                                                                   "faults-inside",
                                                                   "faults-beyond",
                                                                   "lane-down-idle",
                                                                   "lane-down-busy",
                                                                   "lane-lost",
                                                                   "ties-chosen",
                                                                   "beyond-31-bits",
                                                                   "beyond-32-bits",
                                                                   "beyond-53-bits"};

std::string text(std::string_view view) {
  return std::string(view);
}

}  // namespace

std::size_t mark_of_batch(Reason reason) {
  return kBatchMarks + static_cast<std::size_t>(reason);
}
std::size_t mark_of_end(Reason reason) {
  return kEndMarks + static_cast<std::size_t>(reason);
}
std::size_t mark_of_end(Status status) {
  return kStatusMarks + static_cast<std::size_t>(status);
}
std::size_t mark_of_input(InputKind kind) {
  return kInputMarks + static_cast<std::size_t>(kind);
}
std::size_t mark_of_race(InputKind first, InputKind second) {
  return kRaceMarks + static_cast<std::size_t>(first) * kInputKindCount +
         static_cast<std::size_t>(second);
}
std::size_t mark_of(Sight sight) {
  return kSightMarks + static_cast<std::size_t>(sight);
}

std::string mark_name(std::size_t mark) {
  if (mark < kEndMarks) {
    return "batch " + text(reason_name(static_cast<Reason>(mark - kBatchMarks)));
  }
  if (mark < kStatusMarks) {
    return "end " + text(reason_name(static_cast<Reason>(mark - kEndMarks)));
  }
  if (mark < kInputMarks) {
    return "end " + text(status_name(static_cast<Status>(mark - kStatusMarks)));
  }
  if (mark < kRaceMarks) {
    return "input " + text(kInputNames[mark - kInputMarks]);
  }
  if (mark < kSightMarks) {
    const std::size_t pair = mark - kRaceMarks;
    return text(kInputNames[pair / kInputKindCount]) + " then " +
           text(kInputNames[pair % kInputKindCount]);
  }
  return text(kSightNames[mark - kSightMarks]);
}

std::size_t find_mark(std::string_view name) {
  for (std::size_t mark = 0; mark < kMarkCount; ++mark) {
    if (mark_name(mark) == name) {
      return mark;
    }
  }
  return kMarkCount;
}

}  // namespace lockstep
