// A queue of the shared scheduler in one priority order instead of batches in a row (TF 2.11).
//
// Invariants: each class is sorted by arrival, then by insertion; rows_ is the sum of all rows and
// at most max_queue_depth; pieces of one request leave in row order. Owned by TfSharedFull.
//
// Odd corners: closing is ignored (quirk 8). The ones that we decide:
// 1. An empty batch is never started (quirk 11; upstream hands it to a thread, which ignores it and
//    asks again at once, for ever). A queue whose first request does not fit what BATCH_DOWN leaves
//    waits until it does.
// 2. Evicting a piece ends its request at once, and its other waiting pieces leave with it
// (upstream
//    executes them for an answer that is an error already).
// 3. A request has expired when now >= arrival + its time-out. A piece of an ended request that is
//    still here is dropped when it comes to the front.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/ring.h"
#include "core/schedulers/tf_sizes.h"
#include "core/schedulers/tf_task_queue.h"

namespace lockstep {

class TfPriorityAwareQueue final : public TfTaskQueue {
 public:
  explicit TfPriorityAwareQueue(const TfQueueOptions& options);

  bool offer(const TfTask& task, SimTime now, Decisions& out) override;
  [[nodiscard]] bool low_priority(const TfTask& /*task*/) const override { return false; }
  [[nodiscard]] bool yields(SimTime now) const override;
  [[nodiscard]] bool wakes(SimTime now) const override { return ready(now); }
  [[nodiscard]] SimTime deadline() const override;
  [[nodiscard]] std::optional<TfQueueKey> key(SimTime now) const override;
  [[nodiscard]] bool pull(SimTime now, TfFormedBatch& batch, Decisions& out) override;
  void close(SimTime /*now*/) override { closed_ = true; }
  void cancel(RequestSlot request) override;
  void note_cost(std::uint32_t rows, SimDuration cost) override;
  [[nodiscard]] bool closed_and_empty() const override { return closed_ && count_ == 0; }
  [[nodiscard]] QueueCounters counters() const override;

 private:
  using Class = Ring<TfTask>;

  [[nodiscard]] static std::size_t class_of(const TfTask& task) {
    return static_cast<std::size_t>(task.criticality);
  }
  [[nodiscard]] const Class& head_class() const;  // Requires: not empty
  [[nodiscard]] const TfTask& head() const { return head_class().front(); }
  [[nodiscard]] SimTime earliest_arrival() const;
  [[nodiscard]] bool ready(SimTime now) const;
  [[nodiscard]] std::uint32_t candidate_rows() const;
  [[nodiscard]] bool may_split(const TfTask& task) const;
  [[nodiscard]] bool head_can_leave(SimTime now) const;
  [[nodiscard]] bool filtered(const TfTask& task, SimTime now) const;

  // False: it is not important enough.
  [[nodiscard]] bool make_room(const TfTask& task, Decisions& out);
  void evict_last_of(Class& tasks, Decisions& out);
  void remove_pieces(RequestSlot request);
  TfTask pop_head();
  void filter_head(SimTime now, Decisions& out);
  TfTask cut_head(std::uint32_t room);
  void note_full(SimTime now);

  std::uint32_t input_limit_;      // L
  std::uint32_t execution_limit_;  // E
  SimDuration timeout_;            // T
  std::uint64_t depth_;
  bool splitting_;
  bool resplit_;
  bool lazy_filtering_;
  TfPaddingPolicy padding_policy_;
  TfAllowedSizes allowed_;
  TfBatchCosts costs_;

  std::array<Class, kTfCriticalityCount> classes_;
  std::uint64_t rows_ = 0;
  std::uint64_t count_ = 0;
  SimTime full_ = kForever;  // since when the rows fill a batch
  bool closed_ = false;
};

}  // namespace lockstep
