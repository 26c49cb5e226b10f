// Two loops written by hand for one policy, as the measure of what a general simulator costs.
//
// Policy: one queue; the front batch is the oldest min(32, n) waiting requests; it leaves when it
// holds 32 or 2 ms after its first request arrived, as soon as one of two lanes is idle, and fills
// until then. A batch of b requests takes 1 ms + 50 us * b. At one instant completions come first,
// then time-outs, then arrivals. Both loops answer each request at its batch's completion.
// A Feed has next(): the next arrival in ns, or kNever.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/check.h"
#include "reports/latency_histogram.h"

namespace lockstep::benchmark {

inline constexpr std::int64_t kNever = INT64_MAX;
inline constexpr std::uint32_t kBatchMax = 32;
inline constexpr std::int64_t kTimeoutNs = 2'000'000;
inline constexpr std::int64_t kBaseNs = 1'000'000;
inline constexpr std::int64_t kPerRowNs = 50'000;
inline constexpr std::uint32_t kLaneCount = 2;

// What a loop counts about its requests.
struct Tally {
  LatencyHistogram latencies;
  std::int64_t latency_sum_ns = 0;
  std::int64_t latency_max_ns = 0;
  std::uint64_t batches = 0;

  void add(std::int64_t latency_ns) {
    latencies.add(SimDuration{latency_ns});
    latency_sum_ns += latency_ns;
    latency_max_ns = std::max(latency_max_ns, latency_ns);
  }
};

// Arrival times of the requests that wait or run, by ordinal.
class TimeRing {
 public:
  [[nodiscard]] std::int64_t operator[](std::uint64_t ordinal) const {
    return times_[ordinal & kMask];
  }
  void push(std::int64_t time, std::uint64_t oldest_alive) {
    LOCKSTEP_CHECK(end_ - oldest_alive <= kMask);
    times_[end_++ & kMask] = time;
  }
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  static constexpr std::uint64_t kMask = (1u << 14) - 1;
  std::vector<std::int64_t> times_ = std::vector<std::int64_t>(kMask + 1);
  std::uint64_t end_ = 0;
};

struct BusyLane {
  std::int64_t finish = kNever;
  std::uint64_t first = 0;  // ordinal of its first request
  std::uint64_t count = 0;
};

// The state that both loops share; they differ in how they find the next event.
struct BatchServer {
  TimeRing times;
  std::uint64_t front = 0;         // the oldest request that waits
  std::uint64_t oldest_alive = 0;  // the oldest that waits or runs
  std::array<BusyLane, kLaneCount> lanes;
  Tally tally;

  [[nodiscard]] std::uint64_t waiting() const { return times.end() - front; }
  // An idle lane if the front batch may leave at `now`, else kLaneCount.
  [[nodiscard]] std::uint32_t lane_to_start(std::int64_t now) const {
    if (waiting() == 0 || (waiting() < kBatchMax && times[front] + kTimeoutNs > now)) {
      return kLaneCount;
    }
    return idle_lane();
  }
  [[nodiscard]] std::uint32_t idle_lane() const {
    for (std::uint32_t lane = 0; lane < kLaneCount; ++lane) {
      if (lanes[lane].finish == kNever) {
        return lane;
      }
    }
    return kLaneCount;
  }
  void start(std::uint32_t lane, std::int64_t now) {
    const std::uint64_t count = std::min<std::uint64_t>(waiting(), kBatchMax);
    lanes[lane] = {now + kBaseNs + kPerRowNs * static_cast<std::int64_t>(count), front, count};
    front += count;
    ++tally.batches;
  }
  void complete(std::uint32_t lane) {
    BusyLane& done = lanes[lane];
    for (std::uint64_t i = 0; i < done.count; ++i) {
      tally.add(done.finish - times[done.first + i]);
    }
    done.finish = kNever;
    oldest_alive = front;
    for (const BusyLane& other : lanes) {
      oldest_alive = other.finish == kNever ? oldest_alive : std::min(oldest_alive, other.first);
    }
  }
};

// One step per event, no event objects: the floor for anything that steps through events.
template <typename Feed>
Tally run_limit_event_step(Feed feed) {
  BatchServer server;
  std::int64_t arrival = feed.next();
  for (;;) {
    const std::uint32_t first_done = server.lanes[0].finish <= server.lanes[1].finish ? 0 : 1;
    const std::int64_t done = server.lanes[first_done].finish;
    const bool timer_set = server.waiting() > 0 && server.idle_lane() != kLaneCount;
    const std::int64_t timer = timer_set ? server.times[server.front] + kTimeoutNs : kNever;
    const std::int64_t now = std::min({done, timer, arrival});
    if (now == kNever) {
      return std::move(server.tally);
    }
    if (done == now) {
      server.complete(first_done);
    } else if (timer != now) {
      server.times.push(now, server.oldest_alive);
      arrival = feed.next();
    }
    for (std::uint32_t lane = server.lane_to_start(now); lane != kLaneCount;
         lane = server.lane_to_start(now)) {
      server.start(lane, now);
    }
  }
}

enum class HeapKind : std::uint32_t { kDone, kTimer, kArrival };  // order at one instant

struct HeapEvent {
  std::int64_t time = 0;
  std::uint64_t sequence = 0;
  HeapKind kind = HeapKind::kDone;
  std::uint32_t argument = 0;

  [[nodiscard]] bool before(const HeapEvent& other) const {
    if (time != other.time) {
      return time < other.time;
    }
    return kind != other.kind ? kind < other.kind : sequence < other.sequence;
  }
};

class EventHeap {
 public:
  [[nodiscard]] bool empty() const { return events_.empty(); }

  void push(std::int64_t time, HeapKind kind, std::uint32_t argument) {
    events_.push_back({time, sequence_++, kind, argument});
    std::size_t child = events_.size() - 1;
    const HeapEvent event = events_[child];
    while (child > 0 && event.before(events_[(child - 1) / 2])) {
      events_[child] = events_[(child - 1) / 2];
      child = (child - 1) / 2;
    }
    events_[child] = event;
  }

  [[nodiscard]] HeapEvent pop() {
    const HeapEvent top = events_.front();
    const HeapEvent last = events_.back();
    events_.pop_back();
    const std::size_t size = events_.size();
    std::size_t parent = 0;
    for (std::size_t child = 1; child < size; child = 2 * parent + 1) {
      if (child + 1 < size && events_[child + 1].before(events_[child])) {
        ++child;
      }
      if (!events_[child].before(last)) {
        break;
      }
      events_[parent] = events_[child];
      parent = child;
    }
    if (size > 0) {
      events_[parent] = last;
    }
    return top;
  }

 private:
  std::vector<HeapEvent> events_;
  std::uint64_t sequence_ = 0;
};

// A binary heap of typed events and a switch: what one would write oneself. Arrivals are pulled
// one at a time; a timer of a batch that has left is ignored when it comes up.
template <typename Feed>
Tally run_heap_typed(Feed feed) {
  BatchServer server;
  EventHeap heap;
  if (const std::int64_t first = feed.next(); first != kNever) {
    heap.push(first, HeapKind::kArrival, 0);
  }
  while (!heap.empty()) {
    const HeapEvent event = heap.pop();
    const std::int64_t now = event.time;
    switch (event.kind) {
      case HeapKind::kDone:
        server.complete(event.argument);
        break;
      case HeapKind::kTimer:
        break;  // what is due is found out below
      case HeapKind::kArrival:
        if (server.waiting() == 0) {
          heap.push(now + kTimeoutNs, HeapKind::kTimer, 0);
        }
        server.times.push(now, server.oldest_alive);
        if (const std::int64_t next = feed.next(); next != kNever) {
          heap.push(next, HeapKind::kArrival, 0);
        }
        break;
    }
    for (std::uint32_t lane = server.lane_to_start(now); lane != kLaneCount;
         lane = server.lane_to_start(now)) {
      server.start(lane, now);
      heap.push(server.lanes[lane].finish, HeapKind::kDone, lane);
      if (server.waiting() > 0 && server.times[server.front] + kTimeoutNs > now) {
        heap.push(server.times[server.front] + kTimeoutNs, HeapKind::kTimer, 0);
      }
    }
  }
  return std::move(server.tally);
}

}  // namespace lockstep::benchmark
