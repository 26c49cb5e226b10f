#include "properties/reference/tf_streaming_reference.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace lockstep::reference {
namespace {

struct StreamingMember {
  std::uint64_t request = 0;
  std::uint32_t queue = 0;
  std::int64_t rows = 0;
};
struct StreamingBatch {
  std::optional<SimTime> got_lane{};
  std::uint32_t lane = 0;
  std::size_t place = 0;  // among those that got a lane
  std::optional<SimTime> closed{};
  std::size_t closed_place = 0;  // among those that run: a run begins with a lane, once closed
  const char* why = "";
  std::optional<SimTime> ends{};  // once it runs
  bool through = false;
  std::vector<StreamingMember> members{};

  [[nodiscard]] std::int64_t rows() const {
    std::int64_t sum = 0;
    for (const StreamingMember& member : members) {
      sum += member.rows;
    }
    return sum;
  }
};

// What the closer is told: close that batch then, if it is still open.
struct Errand {
  SimTime deadline{};
  std::size_t batch = 0;
};

class StreamingModel {
 public:
  StreamingModel(const TfStreamingOptions& options, std::span<const SimDuration> durations)
      : options_(options), durations_(durations) {}

  StreamingOutcome run(std::span<const StreamingEvent> events) {
    std::size_t next = 0;
    std::uint64_t request = 0;
    while (true) {
      const StreamingBatch* ending = first_to_end();
      const SimTime completion = ending == nullptr ? kForever : *ending->ends;
      // A closer without an errand goes on sleeping for ever.
      const SimTime closer = errand_ || told_ || next < events.size() ? closer_wakes_ : kForever;
      const SimTime outside = next == events.size() ? kForever : events[next].at;
      now_ = std::min({completion, closer, outside});
      if (now_ == kForever) {
        return outcome();
      }
      if (completion == now_) {
        batches_[static_cast<std::size_t>(ending - batches_.data())].through = true;
        while (through_count_ < batches_.size() && batches_[through_count_].through) {
          ++through_count_;
        }
        occupy_lanes();
      } else if (closer == now_) {
        look();
      } else if (events[next].closes) {
        close_queue(events[next++].queue);
      } else {
        arrive(events[next++], request++);
      }
    }
  }

 private:
  // Without the first of them that are all through: nothing asks for those.
  [[nodiscard]] std::span<StreamingBatch> left() {
    return std::span(batches_).subspan(through_count_);
  }
  [[nodiscard]] std::span<const StreamingBatch> left() const {
    return std::span(batches_).subspan(through_count_);
  }
  [[nodiscard]] const StreamingBatch* first_to_end() const {
    const StreamingBatch* best = nullptr;
    for (const StreamingBatch& batch : left()) {
      if (batch.ends && !batch.through &&
          (best == nullptr || std::pair(*batch.ends, batch.closed_place) <
                                  std::pair(*best->ends, best->closed_place))) {
        best = &batch;
      }
    }
    return best;
  }
  [[nodiscard]] std::int64_t in_progress() const {
    return std::count_if(left().begin(), left().end(),
                         [](const StreamingBatch& batch) { return !batch.through; });
  }
  // The last one that was opened, unless it was closed.
  [[nodiscard]] bool is_open() const { return !batches_.empty() && !batches_.back().closed; }
  [[nodiscard]] bool is_of(std::uint32_t queue) const {
    const std::vector<StreamingMember>& members = batches_.back().members;
    return members.empty() || members.front().queue == queue;
  }

  // 2.14, in its order.
  void arrive(const StreamingEvent& event, std::uint64_t request) {
    if (std::int64_t{event.rows} > options_.max_batch_size) {
      return refuse(request, "INVALID_ARGUMENT");
    }
    if (!is_open() || !is_of(event.queue) ||
        batches_.back().rows() + std::int64_t{event.rows} > options_.max_batch_size) {
      close("overflow");
      open();
    }
    if (in_progress() > options_.num_batch_threads) {
      return refuse(request, "UNAVAILABLE");
    }
    if (options_.batch_timeout_micros > 0 && batches_.back().members.empty()) {
      tell_closer({now_ + SimDuration{options_.batch_timeout_micros * 1000}, batches_.size() - 1});
    }
    batches_.back().members.push_back({request, event.queue, event.rows});
    if (batches_.back().rows() == options_.max_batch_size) {
      close("full");
      open();
    }
  }

  void close_queue(std::uint32_t queue) {
    if (is_open() && is_of(queue)) {
      close("flush");
    }
  }

  void refuse(std::uint64_t request, const char* code) {
    outcome_.refusals.push_back("@" + std::to_string(ns_of(now_)) + " refused " +
                                std::to_string(request) + " " + code);
  }

  void open() {
    batches_.emplace_back();
    occupy_lanes();
  }
  void close(const char* why) {
    if (is_open()) {
      batches_.back().closed = now_;
      batches_.back().why = why;
      occupy_lanes();
    }
  }

  // A thread that has a batch runs it once it is closed.
  void occupy_lanes() {
    for (StreamingBatch& batch : left()) {
      if (!batch.got_lane && lowest_idle_lane() < options_.num_batch_threads) {
        batch.lane = static_cast<std::uint32_t>(lowest_idle_lane());
        batch.got_lane = now_;
        batch.place = lanes_given_++;
      }
      if (batch.got_lane && batch.closed && !batch.ends) {
        const SimDuration duration = durations_[batch.place % durations_.size()];
        batch.ends = now_ + (batch.members.empty() ? SimDuration{0} : duration);
        batch.closed_place = runs_begun_++;
      }
    }
  }
  [[nodiscard]] std::int64_t lowest_idle_lane() const {
    std::int64_t lane = 0;
    while (std::any_of(left().begin(), left().end(), [&](const StreamingBatch& batch) {
      return batch.got_lane && !batch.through && batch.lane == lane;
    })) {
      ++lane;
    }
    return lane;
  }

  void tell_closer(const Errand& errand) {
    told_ = errand;  // supersedes what it was told before and has not seen
    if (closer_wakes_ == kForever || (options_.no_tasks_wait_time_micros == 0 && !errand_)) {
      look();  // a thread that begins, or one that does not sleep
    }
  }

  // The closer is awake: at a deadline, or after a sleep.
  void look() {
    if (told_) {
      errand_ = std::exchange(told_, std::nullopt);
    }
    if (errand_ && errand_->deadline <= now_) {
      const Errand due = *std::exchange(errand_, std::nullopt);
      if (is_open() && due.batch + 1 == batches_.size()) {
        close("timeout");
        open();
      }
    }
    closer_wakes_ = errand_ ? errand_->deadline : now_ + sleep();
  }
  [[nodiscard]] SimDuration sleep() const {
    // Without a sleep it is told, and has no need to wake up by itself.
    return options_.no_tasks_wait_time_micros == 0
               ? kForever - now_ - SimDuration{1}
               : SimDuration{options_.no_tasks_wait_time_micros * 1000};
  }

  StreamingOutcome outcome() {
    outcome_.batches.resize(lanes_given_);
    for (const StreamingBatch& batch : batches_) {
      if (!batch.got_lane) {
        continue;
      }
      std::string text =
          "@" + std::to_string(ns_of(*batch.got_lane)) + " lane" + std::to_string(batch.lane);
      text += batch.closed
                  ? " closed @" + std::to_string(ns_of(std::max(*batch.closed, *batch.got_lane))) +
                        " " + batch.why
                  : "";
      text += " [";
      for (const StreamingMember& member : batch.members) {
        text += (text.ends_with('[') ? "" : ",") + std::to_string(member.request) + ":" +
                std::to_string(member.rows);
      }
      text += batch.through ? "] through @" + std::to_string(ns_of(*batch.ends)) : "]";
      outcome_.batches[batch.place] = text;
    }
    return std::move(outcome_);
  }

  const TfStreamingOptions& options_;
  std::span<const SimDuration> durations_;
  SimTime now_{};
  std::vector<StreamingBatch> batches_;  // in the order of their opening
  std::size_t through_count_ = 0;
  std::size_t lanes_given_ = 0;
  std::size_t runs_begun_ = 0;
  SimTime closer_wakes_ = kForever;  // before it is told for the first time there is none
  std::optional<Errand> errand_{};   // it sleeps until its deadline
  std::optional<Errand> told_{};     // and has not looked since
  StreamingOutcome outcome_{};
};

}  // namespace

StreamingOutcome run_streaming(const TfStreamingOptions& options,
                               std::span<const StreamingEvent> events,
                               std::span<const SimDuration> durations) {
  return StreamingModel(options, durations).run(events);
}

}  // namespace lockstep::reference
