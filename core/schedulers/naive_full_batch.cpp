#include "core/schedulers/naive_full_batch.h"

#include <array>
#include <string>
#include <vector>

#include "core/limits.h"
#include "core/ring.h"
#include "core/schedulers/idle_lanes.h"

namespace lockstep {
namespace {

constexpr std::array<OptionInfo, 2> kOptions = {
    OptionInfo{.name = "batch_size",
               .unit = "requests",
               .default_text = "32",
               .help = "every batch has exactly this many requests",
               .scope = OptionScope::kScheduler,
               .always_recorded = true},
    OptionInfo{.name = "num_batch_threads",
               .unit = "threads",
               .default_text = "1",
               .help = "threads that take batches (lanes)",
               .scope = OptionScope::kScheduler,
               .always_recorded = true}};

class NaiveFullBatch final : public Scheduler {
 public:
  NaiveFullBatch(std::uint32_t batch_size, std::uint32_t lane_count)
      : batch_size_(batch_size), idle_lanes_(lane_count) {}

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    if (input.kind == InputKind::kArrive) {
      arrive(input, requests.at(input.request).arrival.size, out);
    } else if (input.kind == InputKind::kBatchDone) {
      idle_lanes_.give_back(input.lane);
      out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
    } else {
      idle_lanes_.note(input);
    }
    dispatch(out);
  }

  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    QueueCounters counters;
    if (raw(queue) < queues_.size()) {
      const Ring<Piece>& pieces = queues_[raw(queue)].pieces;
      counters.enqueued_requests = pieces.size();
      counters.enqueued_batches = pieces.size() / batch_size_;
      const auto [first, second] = pieces.front_range(pieces.size());
      for (const std::span<const Piece> half : {first, second}) {
        for (const Piece& piece : half) {
          counters.enqueued_rows += piece.rows;
        }
      }
    }
    return counters;
  }

  [[nodiscard]] Promises promises() const override { return Promises{.fifo_per_queue = true}; }

 private:
  struct Queue {
    Ring<Piece> pieces;
    Ring<SimTime> arrivals;  // of the same requests
  };

  void arrive(const Input& input, std::uint32_t rows, Decisions& out) {
    // It takes any request, but a batch of such requests must stay within the system's cap.
    if (rows > kMaxBatchRows / batch_size_) {
      out.finish(input.request, Status::kInvalidArgument, Reason::kTooLarge);
      return;
    }
    if (raw(input.queue) >= queues_.size()) {
      queues_.resize(raw(input.queue) + 1);
    }
    Queue& queue = queues_[raw(input.queue)];
    queue.pieces.push_back(
        Piece{.request = input.request, .first_row = 0, .rows = rows, .padding = false});
    queue.arrivals.push_back(input.now);
  }

  void dispatch(Decisions& out) {
    for (std::uint32_t index = 0; index < queues_.size(); ++index) {
      Queue& queue = queues_[index];
      while (!idle_lanes_.empty() && queue.pieces.size() >= batch_size_) {
        const auto [first, second] = queue.pieces.front_range(batch_size_);
        const auto [early, late] = queue.arrivals.front_range(batch_size_);
        // Due when its last request came: only then was the batch full.
        out.start(Start{.batch = BatchId{next_batch_++},
                        .lane = idle_lanes_.take_lowest(),
                        .queue = QueueId{index},
                        .opened = queue.arrivals.front(),
                        .due = late.empty() ? early.back() : late.back(),
                        .reason = Reason::kFull},
                  PieceRange{first, second});
        queue.pieces.pop_front(batch_size_);
        queue.arrivals.pop_front(batch_size_);
      }
    }
  }

  std::uint32_t batch_size_;
  std::vector<Queue> queues_;
  IdleLanes idle_lanes_;
  std::uint64_t next_batch_ = 0;
};

}  // namespace

Result<std::unique_ptr<Scheduler>> make_naive_full_batch(const NaiveFullBatchOptions& options) {
  if (options.batch_size < 1 || options.batch_size > std::int64_t{kMaxRequestRows}) {
    return bad_input("batch_size must be between 1 and " + std::to_string(kMaxRequestRows) +
                     "; was " + std::to_string(options.batch_size));
  }
  if (options.num_batch_threads < 1 || options.num_batch_threads > std::int64_t{kMaxLanes}) {
    return bad_input("num_batch_threads must be between 1 and " + std::to_string(kMaxLanes) +
                     "; was " + std::to_string(options.num_batch_threads));
  }
  return std::make_unique<NaiveFullBatch>(static_cast<std::uint32_t>(options.batch_size),
                                          static_cast<std::uint32_t>(options.num_batch_threads));
}

SchedulerInfo naive_full_batch_info() {
  return SchedulerInfo{
      .name = "naive-full-batch",
      .goal = "blog-post handler: full batches only, no time-out; starves the rest",
      .options = kOptions,
      .make =
          [](const SchedulerSpec& spec) {
            return make_naive_full_batch(NaiveFullBatchOptions{
                .batch_size = option_integer(spec.values, "batch_size"),
                .num_batch_threads = option_integer(spec.values, "num_batch_threads")});
          },
      .lane_option = "num_batch_threads",
      .rows_max = [](const OptionValues& values) { return option_integer(values, "batch_size"); },
      .batch_option = "batch_size"};
}

}  // namespace lockstep
