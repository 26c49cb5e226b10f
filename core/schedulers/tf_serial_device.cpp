#include "core/schedulers/tf_serial_device.h"

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "core/ring.h"
#include "core/schedulers/idle_lanes.h"
#include "core/schedulers/tf_serial_device_options.h"
#include "core/schedulers/tf_sizes.h"
#include "core/schedulers/tf_waiting_batches.h"

namespace lockstep {
namespace {

struct Queue {
  explicit Queue(const TfSerialDeviceQueueOptions& options)
      : rows_max(static_cast<std::uint32_t>(options.max_batch_size)),
        batch_count_max(options.max_enqueued_batches) {}

  std::uint32_t rows_max;
  std::int64_t batch_count_max;
  std::uint32_t open = TfWaitingBatches::kNone;
  std::int64_t batch_count = 0;   // enqueued, the open one included
  std::uint64_t piece_count = 0;  // in those batches
  std::uint64_t rows = 0;
};

class TfSerialDevice final : public Scheduler {
 public:
  explicit TfSerialDevice(const TfSerialDeviceOptions& options)
      : common_(options.queue),
        boost_us_(options.full_batch_scheduling_boost_micros),
        limit_(TfPendingLimit::Options{.initial = options.initial_in_flight_batches_limit,
                                       .largest = options.num_batch_threads,
                                       .target_pending = options.target_pending,
                                       .batches_to_average_over = options.batches_to_average_over}),
        lanes_(static_cast<std::size_t>(options.num_batch_threads)),
        idle_lanes_(static_cast<std::uint32_t>(options.num_batch_threads)) {
    for (const TfSerialDeviceQueueOptions& queue : options.queues) {
      queues_.emplace_back(queue);
    }
    // Each takes its first turn at time 0, as if it woke up then.
    for (; loop_count_ < options.initial_in_flight_batches_limit; ++loop_count_) {
      sleepers_.push_back(Sleeper{.wakes = SimTime{}, .loop = next_loop_++});
    }
  }

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    now_ = input.now;
    switch (input.kind) {
      case InputKind::kArrive: {
        const std::uint32_t size = requests.at(input.request).arrival.size;
        if (joins_quietly(input, size)) [[likely]] {
          return;
        }
        arrive(input, size, out);
        break;
      }
      case InputKind::kTimer:
        wake_ = kForever;
        wake_sleepers(out);
        break;
      case InputKind::kBatchDone:
        finish(input, out);
        break;
      case InputKind::kLaneDown:
        idle_lanes_.note(input);
        break;
      case InputKind::kLaneUp:
        idle_lanes_.note(input);
        unpark(out);
        break;
      default:
        break;  // closing flushes nothing; a cancel is too late; steps do not occur
    }
    plan_wake(out);
  }

  [[nodiscard]] QueueCounters counters(QueueId id) const override {
    const Queue& queue = raw(id) < queues_.size() ? queues_[raw(id)] : common_;
    const std::int64_t room = queue.open == TfWaitingBatches::kNone
                                  ? 0
                                  : std::int64_t{queue.rows_max} - batches_.at(queue.open).rows;
    return QueueCounters{.enqueued_requests = queue.piece_count,
                         .enqueued_rows = queue.rows,
                         .enqueued_batches = static_cast<std::uint64_t>(queue.batch_count),
                         .capacity_rows = tf_free_rows(queue.batch_count_max - queue.batch_count,
                                                       queue.rows_max, room)};
  }
  // At least one loop is there for ever.
  [[nodiscard]] Promises promises() const override {
    return Promises{.fifo_per_queue = boost_us_ == 0, .starvation_free = true};
  }
  [[nodiscard]] Needs needs() const override { return Needs{.device_pending = true}; }
  [[nodiscard]] std::string in_flight_limit() const override {
    return std::to_string(limit_.value());
  }

 private:
  // A loop that found nothing to do.
  struct Sleeper {
    SimTime wakes{};
    std::uint64_t loop = 0;
  };
  // A loop at work.
  struct Lane {
    std::uint64_t loop = 0;
    std::int64_t started_us = 0;
  };

  // --- queues

  // The commonest arrival: it joins a batch that waits already.
  bool joins_quietly(const Input& input, std::uint32_t size) {
    if (raw(input.queue) >= queues_.size()) {
      return false;
    }
    Queue& queue = queues_[raw(input.queue)];
    if (queue.open == TfWaitingBatches::kNone ||
        batches_.at(queue.open).rows + size > queue.rows_max) {
      return false;
    }
    join(queue, input.request, size);
    return true;
  }

  void join(Queue& queue, RequestSlot request, std::uint32_t size) {
    TfWaitingBatch& batch = batches_.at(queue.open);
    batch.pieces.push_back(Piece{.request = request, .rows = size});
    batch.rows += size;
    queue.rows += size;
    ++queue.piece_count;
  }

  // Requires: it does not fit an open batch.
  void arrive(const Input& input, std::uint32_t size, Decisions& out) {
    while (raw(input.queue) >= queues_.size()) {
      queues_.push_back(common_);
    }
    Queue& queue = queues_[raw(input.queue)];
    if (size > queue.rows_max) {
      out.finish(input.request, Status::kInvalidArgument, Reason::kTooLarge);
      return;
    }
    if (queue.open != TfWaitingBatches::kNone) {
      if (queue.batch_count >= queue.batch_count_max) {
        out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
        return;
      }
      batches_.close(queue.open);
    }
    if (batches_.empty()) {
      sleep_through(now_);  // loops that wake up now do so before it arrives
    }
    queue.open = batches_.create();
    ++queue.batch_count;
    TfWaitingBatch& batch = batches_.at(queue.open);
    batch.queue = raw(input.queue);
    batch.rows_max = queue.rows_max;
    batch.opened = now_;
    batch.created_us = tf_clock_us(now_);
    batch.ready_us = batch.created_us;
    batches_.add(queue.open);
    join(queue, input.request, size);
  }

  // --- loops

  [[nodiscard]] SimDuration sleep() const {
    constexpr std::int64_t kIdleSleepUs = 1000;
    return SimDuration{(limit_.period_us() > 0 ? limit_.period_us() : kIdleSleepUs) * 1000};
  }
  // Requires: some loop sleeps.
  [[nodiscard]] std::vector<Sleeper>::iterator first_sleeper() {
    return std::min_element(sleepers_.begin(), sleepers_.end(),
                            [](const Sleeper& a, const Sleeper& b) {
                              return a.wakes != b.wakes ? a.wakes < b.wakes : a.loop < b.loop;
                            });
  }

  // The turns of sleeping loops up to `until`, that instant included. Requires: no batch waited.
  void sleep_through(SimTime until) {
    while (loop_count_ > limit_.value() && !sleepers_.empty()) {
      const auto first = first_sleeper();
      if (first->wakes > until) {
        break;
      }
      sleepers_.erase(first);
      --loop_count_;
    }
    for (Sleeper& sleeper : sleepers_) {
      if (sleeper.wakes <= until) {
        const std::int64_t turns = (until - sleeper.wakes) / sleep() + 1;
        limit_.note_idle(turns);
        sleeper.wakes += turns * sleep();
      }
    }
  }

  void wake_sleepers(Decisions& out) {
    while (!sleepers_.empty()) {
      const auto first = first_sleeper();
      if (first->wakes > now_) {
        return;
      }
      const std::uint64_t loop = first->loop;
      sleepers_.erase(first);
      take_turn(loop, out);
    }
  }

  void take_turn(std::uint64_t loop, Decisions& out) {
    if (loop_count_ > limit_.value()) {
      --loop_count_;
      return;
    }
    if (idle_lanes_.empty()) [[unlikely]] {
      parked_.push_back(loop);  // its thread's lane is down
      return;
    }
    const std::uint32_t batch = batches_.take_best(tf_clock_us(now_), boost_us_);
    if (batch == TfWaitingBatches::kNone) {
      limit_.note_idle(1);
      sleepers_.push_back(Sleeper{.wakes = after(now_, sleep()), .loop = loop});
      return;
    }
    start(loop, batch, out);
  }

  // Loops that found every lane down or busy take their turns while there is a lane.
  void unpark(Decisions& out) {
    while (!parked_.empty() && !idle_lanes_.empty()) {
      const std::uint64_t loop = parked_.front();
      parked_.pop_front();
      take_turn(loop, out);
    }
  }

  void start(std::uint64_t loop, std::uint32_t batch, Decisions& out) {
    const TfWaitingBatch& leaving = batches_.at(batch);
    Queue& queue = queues_[leaving.queue];
    --queue.batch_count;
    queue.piece_count -= leaving.pieces.size();
    queue.rows -= leaving.rows;
    if (queue.open == batch) {
      queue.open = TfWaitingBatches::kNone;
    }
    // Loops are no more than threads, so one is idle, unless lanes are down: see take_turn().
    LOCKSTEP_CHECK(!idle_lanes_.empty());
    const LaneId lane = idle_lanes_.take_lowest();
    lanes_[raw(lane)] = Lane{.loop = loop, .started_us = tf_clock_us(now_)};
    out.start(Start{.batch = BatchId{next_batch_++},
                    .lane = lane,
                    .queue = QueueId{leaving.queue},
                    .opened = leaving.opened,
                    .due = leaving.opened,
                    .reason = Reason::kGreedy},
              PieceRange{leaving.pieces, {}});
    batches_.recycle(batch);
  }

  void finish(const Input& input, Decisions& out) {
    idle_lanes_.give_back(input.lane);
    out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
    if (batches_.empty()) {
      sleep_through(now_ - SimDuration{1});  // loops that wake up now do so after this
    }
    const Lane lane = lanes_[raw(input.lane)];
    limit_.note_batch(tf_clock_us(now_) - lane.started_us, input.device_pending);
    const std::int64_t added = std::max<std::int64_t>(limit_.value() - loop_count_, 0);
    loop_count_ += added;
    take_turn(lane.loop, out);
    unpark(out);
    for (std::int64_t i = 0; i < added; ++i) {
      take_turn(next_loop_++, out);
    }
  }

  // While no batch waits, the turns of sleeping loops change nothing that anyone could see.
  void plan_wake(Decisions& out) {
    const SimTime wanted =
        batches_.empty() || sleepers_.empty() ? kForever : first_sleeper()->wakes;
    if (wanted != wake_) {
      wake_ = wanted;
      out.wake(wanted);
    }
  }

  Queue common_;
  std::int64_t boost_us_;
  TfPendingLimit limit_;

  SimTime now_{};
  std::vector<Queue> queues_;
  TfWaitingBatches batches_;
  std::vector<Sleeper> sleepers_;
  Ring<std::uint64_t> parked_;   // loops without a lane, in the order in which they found none
  std::int64_t loop_count_ = 0;  // asleep or at work
  std::uint64_t next_loop_ = 0;
  SimTime wake_ = kForever;

  std::vector<Lane> lanes_;
  IdleLanes idle_lanes_;
  std::uint64_t next_batch_ = 0;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> make_tf_serial_device(const TfSerialDeviceOptions& options) {
  if (Result<void> checked = check_tf_serial_device_options(options); !checked) {
    return tl::unexpected(checked.error());
  }
  return std::make_unique<TfSerialDevice>(options);
}

}  // namespace lockstep
