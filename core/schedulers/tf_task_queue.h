// What the shared scheduler needs of a queue, whatever the queue's rules (TF 2.3, 2.4).
//
// Two implementations: batches in a row with splitting, priorities and padding (tf_batch_queue),
// and one priority order (tf_priority_aware_queue). The plain queue without options is TfQueue,
// which the plain scheduler uses directly. Owned by TfSharedFull.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/batch.h"
#include "core/request.h"
#include "core/scheduler.h"
#include "core/schedulers/tf_options.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

// Upstream's criticality of a request. Arrival.priority 0 means "not set", which is kCritical.
enum class TfCriticality : std::uint8_t { kSheddable, kSheddablePlus, kCritical, kCriticalPlus };
inline constexpr std::size_t kTfCriticalityCount = 4;

[[nodiscard]] constexpr TfCriticality tf_criticality(std::uint8_t priority) {
  return priority == 0 ? TfCriticality::kCritical
                       : static_cast<TfCriticality>(
                             std::min<std::uint8_t>(priority, kTfCriticalityCount) - 1);
}

// A waiting request, or a piece of one.
struct TfTask {
  RequestSlot request{};
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  SimTime arrived{};
  SimTime expires = kForever;  // the client's own deadline
  TfCriticality criticality = TfCriticality::kCritical;
  bool is_piece = false;   // cut from a larger one
  bool cancelled = false;  // its client wants no answer any more
};

// A batch as a queue hands it out; reused, so that nothing is allocated after warm-up.
struct TfFormedBatch {
  std::vector<Piece> pieces;  // the padding list last
  std::uint32_t rows = 0;
  std::uint32_t padded_rows = 0;
  SimTime opened{};
  SimTime due{};
  Reason reason = Reason::kNone;

  void clear() {
    pieces.clear();
    rows = 0;
  }
  void add(const TfTask& task, bool padding) {
    pieces.push_back(Piece{task.request, task.first_row, task.rows, padding});
    rows += task.rows;
  }
};

// TF 2.4, rank_queues: the smallest key wins.
struct TfQueueKey {
  int rank = 0;
  SimTime time{};
  friend auto operator<=>(const TfQueueKey&, const TfQueueKey&) = default;
};

class TfTaskQueue {
 public:
  TfTaskQueue() = default;
  TfTaskQueue(const TfTaskQueue&) = delete;
  TfTaskQueue& operator=(const TfTaskQueue&) = delete;
  virtual ~TfTaskQueue() = default;

  // Takes the request, or finishes it and returns false; may finish others (eviction).
  virtual bool offer(const TfTask& task, SimTime now, Decisions& out) = 0;
  // Of the class whose arrivals wake nobody (TF 2.5).
  [[nodiscard]] virtual bool low_priority(const TfTask& task) const = 0;
  // Should a lane ask now? A pull then yields a batch, or changes the queue so that it need not be
  // asked again.
  [[nodiscard]] virtual bool yields(SimTime now) const = 0;
  // Does an arrival wake a thread (TF 2.1 step 7)? Also for a batch that then turns out empty.
  [[nodiscard]] virtual bool wakes(SimTime now) const = 0;
  // When it will, by time alone; kForever: never. Requires: it does not yield yet.
  [[nodiscard]] virtual SimTime deadline() const = 0;
  // nullopt: rank_queues does not see it.
  [[nodiscard]] virtual std::optional<TfQueueKey> key(SimTime now) const = 0;
  // Removes one batch into `batch`; false when there is none after all.
  [[nodiscard]] virtual bool pull(SimTime now, TfFormedBatch& batch, Decisions& out) = 0;
  virtual void close(SimTime now) = 0;
  virtual void cancel(RequestSlot request) = 0;
  // A batch of `rows` rows, padding included, took that long on its device.
  virtual void note_cost(std::uint32_t rows, SimDuration cost) = 0;
  [[nodiscard]] virtual bool closed_and_empty() const = 0;
  [[nodiscard]] virtual QueueCounters counters() const = 0;
};

// Require: checked options.
[[nodiscard]] std::unique_ptr<TfTaskQueue> make_tf_batch_queue(const TfQueueOptions& options);
[[nodiscard]] std::unique_ptr<TfTaskQueue> make_tf_priority_aware_queue(
    const TfQueueOptions& options);

}  // namespace lockstep
