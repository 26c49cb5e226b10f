// What waits, and on which lanes it could run, after each line of a record.
//
// The state that properties of time and order are judged by, kept from the lines alone: who was
// accepted and is in no batch yet, by queue and in the order of arrival; which lanes are up and
// idle; the wake-up that was asked for. Feed it each line once, in order. Cost: O(1) a line, O(k)
// for a batch of k pieces.
//
// Batches that nobody sees yet follow from that, where a queue keeps its order (TF 2.1 to 2.3): a
// queue of W rows whose batches hold E at most has one batch, the open one, iff W <= E, for two
// neighbours together are larger than E; and the batch in front begins with the request in front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/time.h"
#include "properties/record/run_record.h"

namespace lockstep {

class WaitingView {
 public:
  struct Waiting {
    QueueId queue{0};
    SimTime arrived{};
    std::uint32_t rows_left = 0;
    std::uint8_t priority = 0;
    bool waits = false;  // accepted so far, not ended, and some of it is in no batch
  };

  explicit WaitingView(const RunRules& rules);

  // The newest line of `run`.
  void take(const RunRecord& run);

  [[nodiscard]] SimTime now() const { return now_; }  // of the newest input
  // Did time pass between this state and `line`?
  [[nodiscard]] bool time_passes(const JournalLine& line) const {
    return line.is_input && line.input.now > now_;
  }
  [[nodiscard]] SimTime wake() const { return wake_; }

  [[nodiscard]] std::uint32_t idle_lane_count() const { return idle_count_; }
  [[nodiscard]] std::uint32_t up_lane_count() const { return up_count_; }
  [[nodiscard]] std::uint32_t running_count() const { return running_count_; }
  // Up and without a batch. nullopt: none.
  [[nodiscard]] std::optional<LaneId> lowest_idle_lane() const;

  [[nodiscard]] std::uint32_t queue_count() const {
    return static_cast<std::uint32_t>(queues_.size());
  }
  [[nodiscard]] bool any_waits() const { return waiting_count_ > 0; }
  [[nodiscard]] std::uint64_t waiting_count(QueueId queue) const { return at(queue).count; }
  [[nodiscard]] std::uint64_t waiting_rows(QueueId queue) const { return at(queue).rows; }
  [[nodiscard]] std::uint64_t started_count(QueueId queue) const { return at(queue).started; }
  // When it was closed; kForever: it was not.
  [[nodiscard]] SimTime closed(QueueId queue) const { return at(queue).closed; }
  // The first in the order of arrival. Requires: one waits.
  [[nodiscard]] RequestId front(QueueId queue) const;
  // Of a queue that keeps its order: when the first request entered the batch in front; a trim
  // moves it (TF 2.8). Requires: one waits.
  [[nodiscard]] SimTime front_opened(QueueId queue) const;
  // ... and the time by which rank_queues ranks it (TF 2.4).
  [[nodiscard]] SimTime front_rank(QueueId queue) const;
  [[nodiscard]] const Waiting* request(RequestId id) const {
    return raw(id) < requests_.size() ? &requests_[raw(id)] : nullptr;
  }
  // Calls visit(id, waiting) for all that wait there, in the order of arrival.
  template <typename Visit>
  void for_each_waiting(QueueId queue, Visit&& visit) const {
    const Queue& of = at(queue);
    for (std::size_t i = of.front; i < of.order.size(); ++i) {
      if (requests_[of.order[i]].waits) {
        visit(RequestId{of.order[i]}, requests_[of.order[i]]);
      }
    }
  }
  // Batches that fill on their lanes: started and not sealed.
  [[nodiscard]] const std::vector<BatchId>& filling() const { return filling_; }

 private:
  struct Queue {
    std::vector<std::uint64_t> order{};  // of requests that waited; those before `front` are gone
    std::size_t front = 0;
    std::uint64_t count = 0;
    std::uint64_t rows = 0;
    std::uint64_t started = 0;  // batches
    SimTime closed = kForever;
    std::optional<SimTime> trimmed_start{};
    std::optional<SimTime> trimmed_rank{};
  };
  struct Lane {
    bool busy = false;
    bool up = true;
  };

  [[nodiscard]] const Queue& at(QueueId queue) const;
  Queue& grown(QueueId queue);
  void input(const JournalLine& line);
  void decision(const RunRecord& run, const JournalLine& line);
  void arrive(const JournalLine& line);
  void start(const JournalLine& line);
  void take_members(const JournalLine& line);
  void leave(std::uint64_t id);
  void set_lane(LaneId lane, const Lane& state);

  [[nodiscard]] const QueueRules& rules_of(QueueId queue) const {
    return raw(queue) < queue_rules_.size() ? queue_rules_[raw(queue)] : other_queues_;
  }

  std::vector<QueueRules> queue_rules_;
  QueueRules other_queues_;
  std::vector<Waiting> requests_;
  std::vector<Queue> queues_;
  std::vector<Lane> lanes_;
  std::vector<BatchId> filling_;
  std::uint64_t waiting_count_ = 0;
  std::uint32_t idle_count_ = 0;
  std::uint32_t up_count_ = 0;
  std::uint32_t running_count_ = 0;
  SimTime now_ = SimTime::min();
  SimTime wake_ = kForever;
};

// TF 2.8: the start of what a trim leaves behind, in whole microseconds, truncated.
[[nodiscard]] SimTime start_of_trimmed(SimTime start, SimTime now, std::uint64_t kept_rows,
                                       std::uint64_t left_rows);

}  // namespace lockstep
