#include "core/schedulers/tf_streaming.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "core/limits.h"
#include "core/ring.h"
#include "core/schedulers/idle_lanes.h"
#include "core/schedulers/tf_option_checks.h"

namespace lockstep {
namespace {

// Upstream's SingleTaskScheduler: a thread that runs one closure at one time, the last one it was
// given. All that matters of it is when it runs that one.
class BatchCloser {
 public:
  explicit BatchCloser(SimDuration sleep) : sleep_(sleep) {}

  // At `now` it is told to act at `deadline`. Requires: deadlines do not decrease.
  void arm(SimTime now, SimTime deadline) {
    if (!started_) {
      started_ = true;  // a fresh thread looks at once
      acts_ = deadline;
    } else if (acts_ > now) {
      acts_ = std::max(acts_, deadline);  // busy until then with an earlier one; then it looks
    } else {
      acts_ = std::max(next_look(now), deadline);
    }
  }
  [[nodiscard]] SimTime acts() const { return acts_; }
  // It acts at `now`: acts(), or later under a driver whose timers come late.
  void acted(SimTime now) { acts_ = now; }

 private:
  // It fell asleep at acts_, and looks each time it has slept; a look at `now` is already over.
  [[nodiscard]] SimTime next_look(SimTime now) const {
    return sleep_ == SimDuration{0} ? now : acts_ + ((now - acts_) / sleep_ + 1) * sleep_;
  }

  SimDuration sleep_;
  SimTime acts_{};  // when it ran its last closure, or will
  bool started_ = false;
};

class TfStreaming final : public Scheduler {
 public:
  explicit TfStreaming(const TfStreamingOptions& options)
      : batch_rows_max_(static_cast<std::uint32_t>(options.max_batch_size)),
        timeout_(SimDuration{std::max<std::int64_t>(options.batch_timeout_micros, 0) * 1000}),
        closer_is_ideal_(options.no_tasks_wait_time_micros == 0),
        closer_(SimDuration{options.no_tasks_wait_time_micros * 1000}),
        idle_lanes_(static_cast<std::uint32_t>(options.num_batch_threads)) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    switch (input.kind) {
      case InputKind::kArrive:
        arrive(input, requests.at(input.request).arrival.size, out);
        break;
      case InputKind::kTimer:
        wake_ = kForever;
        if (closing_time() <= input.now) {
          closer_.acted(input.now);
          replace(Reason::kTimeout, open_.queue, input.now, out);
        }
        break;
      case InputKind::kBatchDone:
        idle_lanes_.give_back(input.lane);
        out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
        take_lanes(input.now, out);
        break;
      case InputKind::kCloseQueue:
        if (open_.exists && fits(input.queue, 0)) {
          close(Reason::kFlush, input.now, out);
        }
        break;
      case InputKind::kLaneDown:
        idle_lanes_.note(input);
        // Who fills there fails with the lane, now, and not when the time-out has passed.
        if (open_.on_lane && open_.lane == input.lane) {
          close(Reason::kFlush, input.now, out);
        }
        break;
      case InputKind::kLaneUp:
        idle_lanes_.note(input);
        take_lanes(input.now, out);
        break;
      default:
        break;  // cancel: too late
    }
    if (const SimTime wanted = closing_time(); wanted != wake_) {
      wake_ = wanted;
      out.wake(wanted);
    }
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    std::uint64_t capacity = 0;
    if (!waits_for_lane()) {
      capacity = std::uint64_t{idle_lanes_.count()} * batch_rows_max_;
      capacity += open_.exists && fits(queue, 0) ? batch_rows_max_ - open_.rows : 0;
    }
    return QueueCounters{.capacity_rows = static_cast<std::int64_t>(capacity)};
  }

  [[nodiscard]] Promises promises() const override {
    // Without a time-out an open batch waits for ever; a sleeping closer is late.
    const bool timed = timeout_ > SimDuration{0};
    return Promises{.fifo_per_queue = true,
                    .work_conserving = timed && closer_is_ideal_,
                    .timeout_bound = timed && closer_is_ideal_,
                    .starvation_free = timed,
                    .drains_on_close = true};
  }

 private:
  struct OpenBatch {
    bool exists = false;
    bool on_lane = false;
    BatchId id{0};     // on_lane
    LaneId lane{0};    // on_lane
    QueueId queue{0};  // of its members; without members: whose request made it
    SimTime made{};
    std::uint32_t request_count = 0;
    std::uint32_t rows = 0;
  };
  // Closed before it got a lane, and so empty.
  struct ClosedBatch {
    QueueId queue{0};
    SimTime made{};
    SimTime closed{};
  };

  // Is there a batch that was opened and found every lane taken?
  [[nodiscard]] bool waits_for_lane() const {
    return !closed_waiting_.empty() || (open_.exists && !open_.on_lane);
  }
  [[nodiscard]] bool fits(QueueId queue, std::uint32_t rows) const {
    return open_.request_count == 0 ||
           (open_.queue == queue && rows <= batch_rows_max_ - open_.rows);
  }
  [[nodiscard]] SimTime closing_time() const {
    return timeout_ > SimDuration{0} && open_.request_count > 0 ? closer_.acts() : kForever;
  }

  void arrive(const Input& input, std::uint32_t rows, Decisions& out) {
    if (rows > batch_rows_max_) {
      out.finish(input.request, Status::kInvalidArgument, Reason::kTooLarge);
      return;
    }
    if (!open_.exists || !fits(input.queue, rows)) {
      replace(Reason::kOverflow, input.queue, input.now, out);
    }
    if (!open_.on_lane) {
      LOCKSTEP_CHECK(open_.request_count == 0);
      out.finish(input.request, Status::kUnavailable, Reason::kLanesBusy);
      return;
    }
    if (open_.request_count == 0) {
      open_.queue = input.queue;
      if (timeout_ > SimDuration{0}) {
        closer_.arm(input.now, after(input.now, timeout_));
      }
    }
    ++open_.request_count;
    open_.rows += rows;
    const std::array<Piece, 1> piece = {Piece{.request = input.request, .rows = rows}};
    out.add(open_.id, PieceRange{piece, {}});
    if (open_.rows == batch_rows_max_) {
      replace(Reason::kFull, input.queue, input.now, out);
    }
  }

  // Closes the open batch, if there is one, and opens the next.
  void replace(Reason reason, QueueId queue, SimTime now, Decisions& out) {
    if (open_.exists) {
      close(reason, now, out);
    }
    open_ = OpenBatch{.exists = true, .queue = queue, .made = now};
    take_lanes(now, out);
  }

  void close(Reason reason, SimTime now, Decisions& out) {
    if (open_.on_lane) {
      out.seal(open_.id, 0, reason);
    } else {
      LOCKSTEP_CHECK(open_.request_count == 0);
      closed_waiting_.push_back(
          ClosedBatch{.queue = open_.queue, .made = open_.made, .closed = now});
    }
    open_ = OpenBatch{};
  }

  // Batches that wait for a lane take one, the oldest first; the open one is the youngest.
  void take_lanes(SimTime now, Decisions& out) {
    while (!closed_waiting_.empty() && !idle_lanes_.empty()) {
      const ClosedBatch batch = closed_waiting_.front();
      closed_waiting_.pop_front();
      LOCKSTEP_CHECK(batch.closed <= now);
      out.start(Start{.batch = BatchId{next_batch_++},
                      .lane = idle_lanes_.take_lowest(),
                      .queue = batch.queue,
                      .opened = batch.made,
                      .due = batch.closed,
                      .reason = Reason::kFlush},
                {});
    }
    if (open_.exists && !open_.on_lane && !idle_lanes_.empty()) {
      open_.on_lane = true;
      open_.id = BatchId{next_batch_++};
      open_.lane = idle_lanes_.take_lowest();
      out.start(Start{.batch = open_.id,
                      .lane = open_.lane,
                      .queue = open_.queue,
                      .opened = open_.made,
                      .due = open_.made,
                      .sealed = false},
                {});
    }
  }

  std::uint32_t batch_rows_max_;
  SimDuration timeout_;  // 0: none
  bool closer_is_ideal_;
  BatchCloser closer_;

  OpenBatch open_;
  Ring<ClosedBatch> closed_waiting_;
  IdleLanes idle_lanes_;
  std::uint64_t next_batch_ = 0;
  SimTime wake_ = kForever;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> make_tf_streaming(const TfStreamingOptions& options) {
  Result<void> checked =
      check_positive("max_batch_size", options.max_batch_size, std::int64_t{kMaxRequestRows});
  if (checked) {
    checked =
        check_positive("num_batch_threads", options.num_batch_threads, std::int64_t{kMaxLanes});
  }
  if (checked) {
    checked =
        check_at_most("batch_timeout_micros", options.batch_timeout_micros, kMaxTimeNs / 1000);
  }
  if (checked) {
    checked = check_non_negative("no_tasks_wait_time_micros", options.no_tasks_wait_time_micros,
                                 kMaxTimeNs / 1000);
  }
  if (!checked) {
    return tl::unexpected(checked.error());
  }
  return std::make_unique<TfStreaming>(options);
}

}  // namespace lockstep
