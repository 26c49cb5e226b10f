// The reason of a batch that starts or is sealed: is its condition true at that instant? For every
// registered scheduler, as exactly as the record allows without a model of its queues.
//
// Fed line by line (after_line), asked at kStart and kSeal before that line is fed. "" when nothing
// is wrong. Owned by S18.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/registered_rules.h"
#include "properties/checkers/waiting_requests.h"
#include "properties/record/run_record.h"

namespace lockstep {

class StartReasons {
 public:
  // `registered` outlives it.
  explicit StartReasons(const RegisteredRules& registered) : registered_(registered) {}

  // The newest line starts `batch`.
  [[nodiscard]] std::string start(const RunRecord& run, const RecordedBatch& batch,
                                  const JournalLine& line);
  // The newest line seals `batch`, which filled on its lane.
  [[nodiscard]] std::string seal(const RunRecord& run, const RecordedBatch& batch) const;
  // The newest line is an input: what the step before it left undone.
  [[nodiscard]] std::string step_over() const;
  void after_line(const RunRecord& run);

  [[nodiscard]] std::optional<BatchId> filling() const { return filling_; }
  [[nodiscard]] std::size_t idle_lanes() const;
  [[nodiscard]] std::size_t lanes_not_lost() const;

 private:
  struct Lane {
    bool busy = false;
    Status down = Status::kOk;
  };
  // Of a queue: who came and was not refused at once, in order.
  struct Queue {
    std::vector<std::uint64_t> accepted{};
    SimTime closed_at = kForever;
    SimTime full = kForever;  // priority-aware: since when its rows fill a batch
    // Priority-aware: filtered since the last start or input.
    std::int64_t filtered_rows = 0;
    SimTime filtered_earliest = kForever;
  };

  [[nodiscard]] static std::string named(const RecordedBatch& batch, const std::string& but);
  Queue& queue_of(QueueId queue);
  void follow_input(const RunRecord& run, const JournalLine& line);
  void follow_decision(const RunRecord& run, const JournalLine& line);
  [[nodiscard]] static SimTime arrived(const RunRecord& run, RequestId id);
  // In `accepted` of its queue; one that never came stands before the first.
  [[nodiscard]] std::size_t position(RequestId id) const {
    return raw(id) < positions_.size() ? positions_[raw(id)] : SIZE_MAX;
  }
  [[nodiscard]] std::string consecutive(const RunRecord& run, const JournalLine& line);
  [[nodiscard]] std::string shared(const RunRecord& run, const RecordedBatch& batch);
  [[nodiscard]] bool timed_out_by_low(const RunRecord& run, const RecordedBatch& batch) const;
  [[nodiscard]] std::string low_alone(const RunRecord& run, const RecordedBatch& batch) const;
  [[nodiscard]] std::string priority_aware(const RunRecord& run, const RecordedBatch& batch);
  [[nodiscard]] std::string adaptive(const RunRecord& run, const RecordedBatch& batch);
  [[nodiscard]] std::string closed_by(const RunRecord& run, const RecordedBatch& batch);
  [[nodiscard]] std::string overflowed(const RunRecord& run, const RecordedBatch& batch,
                                       bool at_due);
  void note_full(QueueId id, SimTime now);

  const RegisteredRules& registered_;
  WaitingRequests waiting_;
  std::vector<Lane> lanes_;
  std::vector<Queue> queues_;
  std::vector<std::size_t> positions_;  // by request: in `accepted` of its queue
  std::optional<BatchId> filling_;
  std::int64_t filling_rows_ = 0;
  std::optional<QueueId> offered_;  // the queue of this step's arrival, until what it did is known
  Input input_;                     // of this step
  Arrival arrival_;                 // kArrive
  SimTime now_{};
  bool any_filtered_ = false;  // in this step
};

}  // namespace lockstep
