// The priority-aware queue: TF 2.11.
//
// One list in the order (criticality, highest first; arrival; insertion). A request that is evicted
// or expires ends at once, so what else waits of it leaves the list as well: a request ends only
// once.
#pragma once

#include <vector>

#include "properties/reference/tf_full_queue.h"

namespace lockstep::full_reference {

class AwareQueue final : public Queue {
 public:
  using Queue::Queue;

  void offer(const Task& task, SimTime now, std::vector<Ended>& ends) override;
  Pulled pull(SimTime now, std::vector<Ended>& ends) override;
  [[nodiscard]] std::optional<RankKey> rank_key(SimTime now) const override;
  [[nodiscard]] bool has_schedulable(SimTime now) const override { return is_ready(now); }
  [[nodiscard]] std::vector<SimTime> deadlines() const override;
  [[nodiscard]] std::uint64_t enqueued_tasks() const override { return entries_.size(); }
  [[nodiscard]] std::int64_t capacity() const override {
    return extras().max_queue_depth - rows_of(entries_);
  }

 private:
  [[nodiscard]] bool is_ready(SimTime now) const;
  [[nodiscard]] bool may_be_cut(const Task& task) const;
  void insert(const Task& task);
  void drop(const Task& task, const Ended& ended, std::vector<Ended>& ends);
  bool drop_if_expired(const Task& head, SimTime now, std::vector<Ended>& ends);
  [[nodiscard]] Task take_first_piece(std::int64_t room);

  std::vector<Task> entries_;
};

}  // namespace lockstep::full_reference
