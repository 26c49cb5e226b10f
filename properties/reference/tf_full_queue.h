// One queue of the full reference: what both kinds have in common.
//
// A queue keeps the list of the tasks that wait, in order, and nothing that follows from it:
// batches, sizes, starts and deadlines are worked out again at every question. Owner: the Model of
// one run.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/schedulers/tf_options.h"
#include "core/status.h"
#include "core/time.h"
#include "properties/reference/tf_full_marks.h"

namespace lockstep::full_reference {

enum class Criticality : std::uint8_t { kSheddable, kSheddablePlus, kCritical, kCriticalPlus };

// A request, or a piece of one, that waits. Which rows of the request a piece stands for is settled
// when it leaves: rows leave in order.
struct Task {
  std::uint64_t request = 0;
  std::int64_t rows = 0;
  Criticality criticality = Criticality::kCritical;
  SimTime arrived{};
  SimTime own_start{};   // TF 2.1 step 5, 2.8 (last sentence)
  SimTime opens_from{};  // the open batch that it is in counts its time-out from here, or earlier
  SimTime deadline = kForever;
  bool is_piece = false;
};

struct Ended {
  std::uint64_t request = 0;
  Status status = Status::kOk;
  Reason reason = Reason::kNone;
};

struct Formed {
  std::vector<Task> batch;
  std::vector<Task> padding;  // TF 2.7: the list beside it
  SimTime opened{};
  std::int64_t padded_rows = 0;
};

struct Pulled {
  std::optional<Formed> formed;
  bool formed_empty = false;    // a batch, but of nothing (TF 2.17 item 11)
  bool moved_anything = false;  // tasks went somewhere: another look may find more
};

// rank_queues: the smallest goes first (TF 2.4).
struct RankKey {
  int rank = 0;
  SimTime start{};
  friend auto operator<=>(const RankKey&, const RankKey&) = default;
};

inline constexpr std::int64_t kMicrosecond = 1000;
[[nodiscard]] inline SimDuration microseconds(std::int64_t count) {
  return SimDuration{count * kMicrosecond};
}

[[nodiscard]] inline std::int64_t rows_of(const std::vector<Task>& tasks) {
  std::int64_t rows = 0;
  for (const Task& task : tasks) {
    rows += task.rows;
  }
  return rows;
}

[[nodiscard]] inline SimTime earliest_arrival(const std::vector<Task>& tasks) {
  SimTime earliest = kForever;
  for (const Task& task : tasks) {
    earliest = std::min(earliest, task.arrived);
  }
  return earliest;
}

// TF 2.6: the task, or its pieces in order.
[[nodiscard]] std::vector<Task> cut(const Task& task, std::int64_t room, std::int64_t limit);

class Queue {
 public:
  Queue(TfQueueOptions options, Marks& marks)
      : options_(std::move(options)), measured_(options_.extras.batch_costs), marks_(&marks) {}
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  virtual ~Queue() = default;

  // Takes the task in, or ends its request; may end others first (TF 2.1, 2.7, 2.11).
  virtual void offer(const Task& task, SimTime now, std::vector<Ended>& ends) = 0;
  // What a thread that asks this queue gets (TF 2.3).
  virtual Pulled pull(SimTime now, std::vector<Ended>& ends) = 0;
  [[nodiscard]] virtual std::optional<RankKey> rank_key(SimTime now) const = 0;
  // TF 2.1 step 7: is there a batch that a thread is woken for?
  [[nodiscard]] virtual bool has_schedulable(SimTime now) const = 0;
  // Instants at which something may become due by itself; past ones may be among them.
  [[nodiscard]] virtual std::vector<SimTime> deadlines() const = 0;
  [[nodiscard]] virtual std::uint64_t enqueued_tasks() const = 0;
  [[nodiscard]] virtual std::int64_t capacity() const = 0;

  void close(SimTime now) { closed_at_ = now; }
  [[nodiscard]] bool is_closed() const { return closed_at_.has_value(); }
  void measure(const TfBatchCost& batch) { measured_.push_back(batch); }
  [[nodiscard]] const TfQueueOptions& options() const { return options_; }

 protected:
  [[nodiscard]] const TfQueueExtras& extras() const { return options_.extras; }
  [[nodiscard]] std::int64_t input_limit() const { return options_.max_batch_size; }
  // E: TF 2.0.
  [[nodiscard]] std::int64_t execution_limit() const {
    return extras().enable_large_batch_splitting ? extras().max_execution_batch_size
                                                 : options_.max_batch_size;
  }
  [[nodiscard]] SimDuration timeout() const { return microseconds(options_.batch_timeout_micros); }
  [[nodiscard]] const std::vector<TfBatchCost>& measured() const { return measured_; }
  [[nodiscard]] SimTime closed_at() const { return closed_at_.value(); }
  [[nodiscard]] Marks& marks() const { return *marks_; }
  // TF 2.9, the op: what is executed of a batch and its padding list.
  [[nodiscard]] std::int64_t padded(const Formed& formed) const;

 private:
  TfQueueOptions options_;
  std::vector<TfBatchCost> measured_;  // those known before the run, then the run's own
  std::optional<SimTime> closed_at_;
  Marks* marks_;
};

}  // namespace lockstep::full_reference
