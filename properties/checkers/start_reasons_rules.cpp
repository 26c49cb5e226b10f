// What the reasons of tf-shared and tf-adaptive say (TF 2.2, 2.7, 2.11, 3.1).
#include <algorithm>

#include "properties/checkers/start_reasons.h"

namespace lockstep {
namespace {

// What upstream's clock shows.
std::int64_t micros(SimTime time) {
  return ns_of(time) / 1000;
}

}  // namespace

// With priority_merge and under a retrier; the rest is exact elsewhere (shared_queue_model.h).
std::string StartReasons::shared(const RunRecord& run, const RecordedBatch& batch) {
  const RegisteredQueue& queue = registered_.of(batch.queue);
  const SimTime deadline = after(batch.opened, queue.timeout);
  const bool timed = queue.timeout > SimDuration{0};
  const bool before_timeout = timed ? batch.due < deadline : batch.due == batch.opened;
  std::int64_t own = 0;  // without the padding list
  for (const RecordedPiece& piece : batch.pieces) {
    own += piece.padding ? 0 : piece.rows;
  }
  const bool trims = queue.trim != TrimPolicy::kNone;
  switch (batch.reason) {
    case Reason::kFull:
      return (own != queue.rows_max && !trims) || !before_timeout
                 ? named(batch, "not full before its time-out")
                 : std::string();
    case Reason::kTimeout:
      return !timed || (batch.due != deadline && !timed_out_by_low(run, batch))
                 ? named(batch, "not at its time-out")
                 : std::string();
    case Reason::kGreedy:
      return timed || batch.due != batch.opened ? named(batch, "there is a time-out to wait for")
                                                : std::string();
    case Reason::kOverflow:
      return own >= queue.rows_max || !before_timeout || queue.splits
                 ? named(batch, "it did not overflow before its time-out")
                 : std::string();
    case Reason::kFlush:
      return queue_of(batch.queue).closed_at > batch.due || !before_timeout
                 ? named(batch, "its queue was not closed before its time-out")
                 : std::string();
    case Reason::kMerged: {
      const auto rows = static_cast<std::int64_t>(waiting_.of(batch.queue).rows());
      return !queue.merges() || rows < queue.rows_max || !before_timeout
                 ? named(batch, "low-priority requests did not fill it up")
                 : std::string();
    }
    case Reason::kLowTimeout:
    case Reason::kLowFull:
      return low_alone(run, batch);
    default:
      return named(batch, "not a reason of tf-shared");
  }
}

// TF 2.7, merge: the time-out runs from the first low-priority request that waits, also from one
// that finds no room in the batch that it makes due.
bool StartReasons::timed_out_by_low(const RunRecord& run, const RecordedBatch& batch) const {
  const RegisteredQueue& queue = registered_.of(batch.queue);
  SimTime earliest = kForever;
  for (const std::size_t low : {0u, 1u}) {
    const WaitingRequests::Class& waiting = waiting_.of(batch.queue).classes[low];
    if (!waiting.requests.empty()) {
      earliest = std::min(earliest, arrived(run, RequestId{*waiting.requests.begin()}));
    }
  }
  return queue.merges() && batch.due >= batch.opened &&
         batch.due < after(batch.opened, queue.timeout) &&
         after(earliest, queue.timeout) <= batch.due;
}

// TF 2.7: a batch of low-priority requests alone, padding list aside.
std::string StartReasons::low_alone(const RunRecord& run, const RecordedBatch& batch) const {
  const RegisteredQueue& queue = registered_.of(batch.queue);
  if (!queue.low_class || queue.merges() || batch.pieces.empty()) {
    return named(batch, "low-priority requests have no batches of their own");
  }
  for (const RecordedPiece& piece : batch.pieces) {
    const RecordedRequest* request = run.request(piece.request);
    if (request != nullptr && !registered_.is_low(batch.queue, request->arrival.priority)) {
      return named(batch, "not all of it is low-priority");
    }
  }
  const WaitingRequests::Queue& waiting = waiting_.of(batch.queue);
  const std::uint64_t low_rows = waiting.classes[0].rows + waiting.classes[1].rows;
  if (batch.reason == Reason::kLowFull &&
      low_rows < static_cast<std::uint64_t>(queue.low_rows_max)) {
    return named(batch, "low-priority requests do not fill a batch");
  }
  if (batch.reason == Reason::kLowTimeout &&
      after(batch.opened, queue.low_timeout) > batch.started) {
    return named(batch, "their time-out has not passed");
  }
  return {};
}

// TF 2.11: ready when its rows fill a batch, or the time-out of any waiting request has passed.
std::string StartReasons::priority_aware(const RunRecord& run, const RecordedBatch& batch) {
  const RegisteredQueue& queue = registered_.of(batch.queue);
  Queue& own = queue_of(batch.queue);
  if (registered_.retries || (queue.trim == TrimPolicy::kMinimizeCost && own.filtered_rows > 0)) {
    return {};  // when they came, or which look dropped them, is not in the record
  }
  SimTime earliest = own.filtered_earliest;
  SimTime opened = kForever;
  for (const WaitingRequests::Class& waiting : waiting_.of(batch.queue).classes) {
    if (!waiting.requests.empty()) {
      earliest = std::min(earliest, arrived(run, RequestId{*waiting.requests.begin()}));
    }
  }
  for (const RecordedPiece& piece : batch.pieces) {
    opened = std::min(opened, arrived(run, piece.request));
  }
  const SimTime timed_out = after(earliest, queue.timeout);
  const bool full = own.full < timed_out || timed_out > run.now;
  const Reason expected = full                             ? Reason::kFull
                          : queue.timeout > SimDuration{0} ? Reason::kTimeout
                                                           : Reason::kGreedy;
  const SimTime due = full ? own.full : timed_out;
  if (due > run.now) {
    return named(batch, "neither full nor at a time-out");
  }
  if (batch.reason != expected || batch.opened != opened ||
      batch.due != std::clamp(due, opened, run.now)) {
    return named(batch, "expected " + std::string(reason_name(expected)) + ", opened " +
                            to_text(opened - SimTime{}) + ", due " +
                            to_text(std::clamp(due, opened, run.now) - SimTime{}));
  }
  return {};
}

// TF 3.1. Clocks show whole microseconds.
std::string StartReasons::adaptive(const RunRecord& run, const RecordedBatch& batch) {
  const RegisteredQueue& queue = registered_.of(batch.queue);
  if (batch.reason == Reason::kExpress) {
    const auto rows = static_cast<std::int64_t>(batch.rows);
    const auto pieces = static_cast<std::int64_t>(batch.pieces.size());
    return rows == queue.rows_max || pieces >= queue.pieces_max || registered_.retries
               ? std::string()
               : overflowed(run, batch, /*at_due=*/false);
  }
  const bool timed = queue.timeout > SimDuration{0};
  const SimTime deadline = after(batch.opened, queue.timeout);
  if (micros(batch.opened) + queue.timeout.count() / 1000 > micros(run.now)) {
    return named(batch, "its time-out has not passed");
  }
  switch (batch.reason) {
    case Reason::kGreedy:
      return timed || batch.due != batch.opened ? named(batch, "there is a time-out to wait for")
                                                : std::string();
    case Reason::kTimeout:
      return !timed || batch.due != std::min(deadline, run.now)
                 ? named(batch, "not at its time-out")
                 : std::string();
    case Reason::kFull:
    case Reason::kTaskLimit:
    case Reason::kOverflow:
      return batch.due >= deadline ? named(batch, "it was closed after its time-out")
                                   : closed_by(run, batch);
    default:
      return named(batch, "not a reason of tf-adaptive");
  }
}

std::string StartReasons::closed_by(const RunRecord& run, const RecordedBatch& batch) {
  const RegisteredQueue& queue = registered_.of(batch.queue);
  const auto rows = static_cast<std::int64_t>(batch.rows);
  const auto pieces = static_cast<std::int64_t>(batch.pieces.size());
  const bool at_last = registered_.retries || batch.pieces.empty() ||
                       batch.due == arrived(run, batch.pieces.back().request);
  switch (batch.reason) {
    case Reason::kFull:
      return rows != queue.rows_max || !at_last ? named(batch, "its last request did not fill it")
                                                : std::string();
    case Reason::kTaskLimit:
      return pieces < queue.pieces_max || rows == queue.rows_max || !at_last
                 ? named(batch, "it has " + std::to_string(pieces) + " members")
                 : std::string();
    default:
      return pieces >= queue.pieces_max || rows >= queue.rows_max
                 ? named(batch, "it was closed before anything could overflow")
                 : overflowed(run, batch, /*at_due=*/true);
  }
}

// Did the request after its last one not fit, and when it came, close it?
std::string StartReasons::overflowed(const RunRecord& run, const RecordedBatch& batch,
                                     bool at_due) {
  const RegisteredQueue& queue = registered_.of(batch.queue);
  if (registered_.retries || batch.pieces.empty()) {
    return {};
  }
  const RequestId last = batch.pieces.back().request;
  const std::vector<std::uint64_t>& accepted = queue_of(batch.queue).accepted;
  const std::size_t next = position(last) + 1;
  const RecordedRequest* after =
      next < accepted.size() ? run.request(RequestId{accepted[next]}) : nullptr;
  const bool fits = after == nullptr || queue.splits ||
                    static_cast<std::int64_t>(batch.rows) + after->arrival.size <= queue.rows_max;
  if (fits || (at_due && after->arrival.time != batch.due)) {
    return named(batch, "the request after it did not close it");
  }
  return {};
}

}  // namespace lockstep
