// What the options of a registered scheduler say beyond record/run_rules.h, in the words of TF.
//
// Parsed once per checker. For a scheduler that is not registered, or whose options are not known,
// `kind` is kOther and every queue says nothing: what needs more is not judged. Sizes are rows.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.h"
#include "core/time.h"
#include "properties/checkers/domain.h"
#include "properties/record/run_rules.h"

namespace lockstep {

enum class SchedulerKind : std::uint8_t {
  kOther,
  kShared,
  kAdaptive,
  kSerialDevice,
  kStreaming,
  kJit,
  kNaive,
};

enum class MixedPolicy : std::uint8_t { kPadToMaximum, kPadToNextAllowed, kIsolation, kMerge };
enum class TrimPolicy : std::uint8_t { kNone, kBatchDown, kMinimizeCost };

// A limit on batches beyond this is none: times the rows of a batch it would not be a number.
inline constexpr std::int64_t kBatchesCountable = std::int64_t{1} << 32;

// Of one queue.
struct RegisteredQueue {
  std::int64_t rows_max = INT64_MAX;          // E: of one batch
  std::int64_t request_rows_max = INT64_MAX;  // L: of one request; more is INVALID_ARGUMENT
  std::int64_t batches_max = INT64_MAX;       // M, at least 1
  SimDuration timeout{0};                     // T
  bool splits = false;
  std::vector<std::int64_t> allowed{};  // ascending; empty: not padded
  TrimPolicy trim = TrimPolicy::kNone;
  bool low_class = false;  // Sheddable and SheddablePlus wait beside the others (TF 2.7)
  MixedPolicy mixed = MixedPolicy::kPadToMaximum;
  std::int64_t low_rows_max = 0;  // of a batch of their own, and of one of them
  SimDuration low_timeout{0};
  std::int64_t low_total_rows_max = 0;  // waiting
  std::vector<std::int64_t> low_allowed{};
  bool priority_aware = false;  // TF 2.11
  std::int64_t depth = 0;       // rows waiting there
  bool lazy_filtering = false;
  std::int64_t pieces_max = INT64_MAX;  // of one batch (TF 3.1); naive: exactly

  [[nodiscard]] bool merges() const { return low_class && mixed == MixedPolicy::kMerge; }
};

class RegisteredRules {
 public:
  explicit RegisteredRules(const RunRules& rules);

  SchedulerKind kind = SchedulerKind::kOther;
  // Refused requests are offered again (TF 2.15): when one enters its queue is not in the record.
  bool retries = false;
  bool session = false;             // TF 2.13: deadlines of whole batches
  std::int64_t waiting_max = 0;     // tf-jit: requests
  std::int64_t retry_delay_ns = 0;  // retries
  std::int64_t retry_time_max_ns = 0;

  [[nodiscard]] const RegisteredQueue& of(QueueId queue) const {
    return raw(queue) < queues_.size() ? queues_[raw(queue)] : common_;
  }
  // Is such a request in the class of its queue that waits beside the others?
  [[nodiscard]] bool is_low(QueueId queue, std::uint8_t priority) const;

 private:
  std::vector<RegisteredQueue> queues_;
  RegisteredQueue common_;
};

// The smallest allowed size >= rows; rows itself when there is none (TF 2.8).
[[nodiscard]] std::int64_t next_allowed(const std::vector<std::int64_t>& allowed,
                                        std::int64_t rows);
// The largest allowed size <= rows; rows itself when there is none (TF 2.8).
[[nodiscard]] std::int64_t previous_allowed(const std::vector<std::int64_t>& allowed,
                                            std::int64_t rows);

}  // namespace lockstep
