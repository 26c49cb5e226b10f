// Which columns a journal row has, and which of them each kind of line uses: one table for the
// writer and the reader (traces/journal_csv.h states it in words).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/scheduler.h"

namespace lockstep {

enum class JournalColumn : std::size_t {
  kKind,
  kSequence,
  kNow,
  kRequest,
  kQueue,
  kLane,
  kBatch,
  kSize,
  kPriority,
  kTimeout,
  kClient,
  kStatus,
  kDeviceTime,
  kDevicePending,
  kReason,
  kOpened,
  kDue,
  kPaddedRows,
  kSealed,
  kWake,
  kMembers,
  kDigest,
};
inline constexpr std::size_t kJournalColumnCount = 22;

inline constexpr std::array<std::string_view, kJournalColumnCount> kJournalColumnNames = {
    "kind",           "sequence",       "now_ns",   "request",    "queue",  "lane",
    "batch",          "size",           "priority", "timeout_ns", "client", "status",
    "device_time_ns", "device_pending", "reason",   "opened_ns",  "due_ns", "padded_rows",
    "sealed",         "wake_ns",        "members",  "digest"};

using JournalColumnSet = std::uint32_t;

template <typename... Columns>
constexpr JournalColumnSet column_set(Columns... columns) {
  return ((JournalColumnSet{1} << static_cast<std::size_t>(columns)) | ...);
}

[[nodiscard]] constexpr bool has(JournalColumnSet set, JournalColumn column) {
  return (set >> static_cast<std::size_t>(column) & 1) != 0;
}

// Columns of an input beside kind and digest.
[[nodiscard]] constexpr JournalColumnSet columns_of(InputKind kind) {
  using enum JournalColumn;
  constexpr JournalColumnSet kAll = column_set(kKind, kSequence, kNow, kDigest);
  switch (kind) {
    case InputKind::kArrive:
      return kAll | column_set(kRequest, kQueue, kSize, kPriority, kTimeout, kClient);
    case InputKind::kTimer:
      return kAll;
    case InputKind::kStepDone:
    case InputKind::kBatchDone:
      return kAll | column_set(kQueue, kLane, kBatch, kStatus, kDeviceTime, kDevicePending);
    case InputKind::kCancel:
      return kAll | column_set(kRequest, kQueue);
    case InputKind::kCloseQueue:
      return kAll | column_set(kQueue);
    case InputKind::kLaneUp:
      return kAll | column_set(kLane);
    case InputKind::kLaneDown:
      return kAll | column_set(kLane, kStatus);
  }
  return kAll;
}

[[nodiscard]] constexpr JournalColumnSet columns_of(DecisionKind kind) {
  using enum JournalColumn;
  constexpr JournalColumnSet kAll = column_set(kKind, kDigest);
  switch (kind) {
    case DecisionKind::kStart:
      return kAll | column_set(kQueue, kLane, kBatch, kReason, kOpened, kDue, kPaddedRows, kSealed,
                               kMembers);
    case DecisionKind::kAdd:
      return kAll | column_set(kBatch, kReason, kMembers);
    case DecisionKind::kSeal:
      return kAll | column_set(kBatch, kReason, kPaddedRows);
    case DecisionKind::kFinish:
      return kAll | column_set(kRequest, kStatus, kReason);
    case DecisionKind::kFinishBatch:
      return kAll | column_set(kBatch, kStatus, kReason);
    case DecisionKind::kWake:
      return kAll | column_set(kWake);
  }
  return kAll;
}

}  // namespace lockstep
