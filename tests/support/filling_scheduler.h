// A scheduler whose batches fill on their lanes, steered by the requests themselves.
//
// A request's priority says what to do on the lane that its client number names: 0 joins the batch
// that fills there, kOpens starts an empty one, kSeals seals it, padded to the request's size. The
// requests that only steer are refused.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/scheduler.h"

namespace lockstep {

class FillingScheduler final : public Scheduler {
 public:
  static constexpr std::uint8_t kSeals = 1;
  static constexpr std::uint8_t kOpens = 2;

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    if (input.kind == InputKind::kBatchDone) {
      out.finish_batch(input.batch, input.status, Reason::kAnswered);
      return;
    }
    const Arrival& arrival = requests.at(input.request).arrival;
    const auto lane = static_cast<std::uint32_t>(raw(arrival.client));
    if (arrival.priority == kOpens) {
      filling_[lane] = next_batch_;
      out.start(Start{.batch = BatchId{next_batch_++},
                      .lane = LaneId{lane},
                      .queue = input.queue,
                      .opened = input.now,
                      .due = input.now,
                      .sealed = false},
                {});
    } else if (arrival.priority == kSeals) {
      out.seal(BatchId{filling_.at(lane)}, arrival.size, Reason::kTimeout);
    } else {
      const std::vector<Piece> pieces = {Piece{.request = input.request, .rows = arrival.size}};
      out.add(BatchId{filling_.at(lane)}, PieceRange{pieces, {}});
    }
    if (arrival.priority != 0) {
      out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
    }
  }
  [[nodiscard]] QueueCounters counters(QueueId) const override { return {}; }
  [[nodiscard]] Promises promises() const override { return {}; }
  // A seal without padding is a request of no rows.
  [[nodiscard]] Needs needs() const override { return Needs{.empty_requests = true}; }

 private:
  std::map<std::uint32_t, std::uint64_t> filling_;  // lane -> its last batch
  std::uint64_t next_batch_ = 0;
};

}  // namespace lockstep
