// The queue of batches: TF 2.1 to 2.3, 2.6 to 2.8 and closing.
//
// It keeps no batches. "A batch takes tasks in order until the next does not fit" says which there
// are; the last is the open one.
#pragma once

#include <cstddef>
#include <vector>

#include "properties/reference/tf_full_queue.h"

namespace lockstep::full_reference {

class BatchQueue final : public Queue {
 public:
  using Queue::Queue;

  void offer(const Task& task, SimTime now, std::vector<Ended>& ends) override;
  Pulled pull(SimTime now, std::vector<Ended>& ends) override;
  [[nodiscard]] std::optional<RankKey> rank_key(SimTime now) const override;
  [[nodiscard]] bool has_schedulable(SimTime now) const override;
  [[nodiscard]] std::vector<SimTime> deadlines() const override;
  [[nodiscard]] std::uint64_t enqueued_tasks() const override {
    return waiting_.size() + low_.size();
  }
  [[nodiscard]] std::int64_t capacity() const override;

 private:
  // --- what follows from the lists
  [[nodiscard]] std::vector<std::vector<Task>> batches() const;
  [[nodiscard]] bool merges() const;
  [[nodiscard]] bool sends_low_alone() const;
  [[nodiscard]] std::int64_t batches_max() const;
  [[nodiscard]] SimTime open_start(const std::vector<Task>& open, SimTime now) const;
  [[nodiscard]] SimDuration open_timeout(const std::vector<Task>& open) const;
  [[nodiscard]] bool open_may_leave(const std::vector<Task>& open, SimTime now) const;
  [[nodiscard]] bool low_may_leave(SimTime now) const;

  // --- what changes them
  void offer_low(const Task& task, std::vector<Ended>& ends);
  bool top_up(SimTime now);
  [[nodiscard]] Formed take_open(SimTime now);
  [[nodiscard]] Formed take_front(const std::vector<Task>& front);
  [[nodiscard]] Formed take_low_alone(SimTime now);
  [[nodiscard]] std::vector<Task> take_low(std::int64_t budget);
  void pad(Formed& formed);

  void note_acceptance(const Task& task, std::int64_t batch_count, std::int64_t open_rows);
  void note_leaving(const std::vector<Task>& open, SimTime now);

  std::vector<Task> waiting_;      // in batch order
  std::vector<Task> low_;          // un-batched low-priority tasks, first in, first out
  std::int64_t refused_rows_ = 0;  // for a mark: of the last refusal since the last pull
};

}  // namespace lockstep::full_reference
