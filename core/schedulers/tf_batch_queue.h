// A queue of the shared scheduler with every rule of TF 2.1 to 2.10: splitting, two priority
// classes with four mixed policies, allowed sizes and padding policies.
//
// Invariants (TF 2.0): the open batch always exists and may be empty; closed batches are non-empty;
// tasks of the closed batches, oldest first, then of the open one, are one ring. Low-priority tasks
// wait beside it. Owned by TfSharedFull.
//
// Odd corners, as upstream (TF 2.17), beside those of tf_shared.h:
// 1. Low-priority refusals are UNAVAILABLE, also for a request that can never fit (TF 2.7).
// 2. A low-priority batch of its own is topped up by the padding step and can exceed
//    low.max_execution_batch_size (quirk 7); closing the queue does not flush it (quirk 8).
// 3. Merged tasks keep their arrival time (SBS26; SBS25 used 0, quirk 4), and a first low-priority
//    task that cannot fit an empty open batch is skipped: it waits for ever (quirk 5).
// 4. Merge with low.batch_timeout_micros < batch_timeout_micros: the low time-out only moves tasks
//    into the open batch, which then waits for the other time-out (TF 2.3 steps 1 and 2,
//    literally).
// 5. Only a batch that was open when it was pulled is trimmed (TF 2.8).
// 6. Padding to the next allowed size may exceed the batch size limit when allowed sizes do.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/ring.h"
#include "core/schedulers/tf_low_priority_fifo.h"
#include "core/schedulers/tf_sizes.h"
#include "core/schedulers/tf_task_queue.h"

namespace lockstep {

class TfBatchQueue final : public TfTaskQueue {
 public:
  explicit TfBatchQueue(const TfQueueOptions& options);

  bool offer(const TfTask& task, SimTime now, Decisions& out) override;
  [[nodiscard]] bool low_priority(const TfTask& task) const override;
  [[nodiscard]] bool yields(SimTime now) const override;
  [[nodiscard]] bool wakes(SimTime now) const override {
    return !closed_batches_.empty() || open_schedulable(now);
  }
  [[nodiscard]] SimTime deadline() const override;
  [[nodiscard]] std::optional<TfQueueKey> key(SimTime now) const override;
  [[nodiscard]] bool pull(SimTime now, TfFormedBatch& batch, Decisions& out) override;
  void close(SimTime now) override;
  void cancel(RequestSlot /*request*/) override {}  // too late: what was accepted is executed
  void note_cost(std::uint32_t rows, SimDuration cost) override;
  [[nodiscard]] bool closed_and_empty() const override;
  [[nodiscard]] QueueCounters counters() const override;

 private:
  // A batch while it is private: its tasks are the next `count` of the ring.
  struct Batch {
    std::uint32_t count = 0;
    std::uint32_t rows = 0;
    SimTime opened{};    // the time-out runs from here
    SimTime earliest{};  // smallest start given to its tasks: its rank key
    SimTime full = kForever;
    Reason full_reason = Reason::kFull;
    SimTime due{};
    Reason reason = Reason::kNone;
  };

  bool offer_low(const TfTask& task, SimTime now, Decisions& out);
  void append(const TfTask& task, SimTime start);
  void note_full(SimTime now);
  [[nodiscard]] bool fits_capacity(std::uint32_t rows) const;

  // TF 2.2, and 2.7 for merge.
  [[nodiscard]] bool merges() const { return merge_ && !low_.empty(); }
  [[nodiscard]] bool merge_blocked() const;
  [[nodiscard]] std::uint64_t effective_rows() const;
  [[nodiscard]] SimTime effective_start() const;
  [[nodiscard]] SimDuration effective_timeout() const;
  // By the rule alone; and as far as a pull gives anything, which a misfit does not (quirk 5).
  [[nodiscard]] bool rule_schedulable(SimTime now) const;
  [[nodiscard]] bool open_schedulable(SimTime now) const;
  [[nodiscard]] bool low_only_ready(SimTime now) const;
  [[nodiscard]] SimTime open_deadline() const;

  // TF 2.3.
  void settle_due(SimTime now, Reason fallback);
  void close_open_batch();
  void top_up();
  void close_for_pull(SimTime now);
  void take_front(TfFormedBatch& batch);
  void take_low_only(SimTime now, TfFormedBatch& batch);
  void take_padding(TfFormedBatch& batch);

  std::uint32_t input_limit_;      // L
  std::uint32_t execution_limit_;  // E
  SimDuration timeout_;            // T
  std::int64_t batch_count_max_;   // M
  bool splitting_;
  bool priorities_;
  bool merge_;
  TfMixedPolicy mixed_policy_;
  TfPaddingPolicy padding_policy_;
  std::uint32_t low_execution_limit_;
  SimDuration low_timeout_;
  std::uint64_t low_rows_max_;
  TfAllowedSizes allowed_;
  TfAllowedSizes low_allowed_;
  TfBatchCosts costs_;

  Ring<TfTask> tasks_;
  Ring<Batch> closed_batches_;
  Batch open_;
  TfLowPriorityFifo low_;
  std::uint64_t closed_rows_ = 0;
  SimTime low_full_ = kForever;  // since when the low-priority tasks fill a batch of their own
  SimTime alone_since_{};        // since when no other task waits
  SimTime closed_at_ = kForever;
};

}  // namespace lockstep
