// L2: in a queue that is alone, nobody waits longer than the time-out or the batches ahead.
//
// wait <= max(T, ceil(p / n) * S): p batches of the queue start from the arrival on, the last with
// rows of the request; n lanes; S the longest time that a batch held its lane. Proof: if a lane is
// idle at some moment of the wait, then nothing that is due waits, so the request's own batch is
// the only one, and leaves by its time-out; otherwise all lanes are busy, each ends a batch within
// S, and every end starts one of the p. Upstream promises it with p = max_enqueued_batches, the
// open batch included (TF 5, class comment); p is never more (S9), and mostly less.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/latency.h"

namespace lockstep {
namespace {

class QueueWait final : public Checker {
 public:
  void at_end(const RunRecord& run, Violations& found) override {
    const std::optional<QueueId> queue = only_queue(run);
    if (!queue || run.batches.empty() || trims(run.rules.of(*queue))) {
      return;
    }
    SimDuration longest{0};
    std::vector<std::size_t> starts;  // lines, ascending
    for (const RecordedBatch& batch : run.batches) {
      longest = std::max(longest, batch.done.value_or(run.now) - batch.started);
      starts.push_back(batch.start_line);
    }
    const auto lanes = static_cast<std::int64_t>(run.rules.lane_count);
    const std::int64_t most =
        std::max<std::int64_t>(run.rules.of(*queue).batches_max.value_or(INT64_MAX), 1);
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      const RecordedBatch* batch = request.last_batch ? run.batch(*request.last_batch) : nullptr;
      if (batch == nullptr) {
        continue;
      }
      const auto first = std::upper_bound(starts.begin(), starts.end(), request.line);
      const auto last = std::upper_bound(starts.begin(), starts.end(), batch->start_line);
      const std::int64_t ahead = std::min<std::int64_t>(last - first, most);
      const SimDuration bound =
          std::max(*run.rules.of(*queue).timeout, (ahead + lanes - 1) / lanes * longest);
      const SimDuration wait = batch->started - request.arrival.time;
      if (wait > bound) {
        found.add({.property = "L2",
                   .found = "waited " + to_text(wait) + " > " + to_text(bound) + ", for " +
                            std::to_string(ahead) + " batches of at most " + to_text(longest),
                   .request = RequestId{id},
                   .batch = batch->id,
                   .queue = queue,
                   .at = batch->started,
                   .line = batch->start_line});
      }
    }
  }

 private:
  static std::optional<QueueId> only_queue(const RunRecord& run) {
    std::optional<QueueId> queue;
    for (const RecordedRequest& request : run.requests) {
      if (request.line != kNoLine && queue && *queue != request.arrival.queue) {
        return std::nullopt;
      }
      queue = request.line != kNoLine ? request.arrival.queue : queue;
    }
    return queue;
  }
};

}  // namespace

Property l2_queue_wait() {
  return {.id = "L2",
          .name = "queue-wait-bound",
          .formula = "one queue: wait <= max(T, ceil(batches ahead / lanes) * longest batch)",
          .source = "verification 3.2 L2; TF 5 (worst-case time in queue)",
          .kind = PropertyClass::kLatency,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules)) {
              return kNoLines;
            }
            if (rules.is_live) {
              return kLive;
            }
            const bool shared = shared_in_order(rules) && rules.promises.work_conserving;
            if (!shared && !rules.promises.queue_wait_bound) {
              return "the bound is that of the shared scheduler's queues in order, at once, and of "
                     "who promises it";
            }
            if (!rules.other_queues.timeout) {
              return kNotSaid;
            }
            if (trims(rules.other_queues)) {
              return "a trim sends requests back to the open batch (TF 2.8)";
            }
            return rules.has_faults ? "lanes that are lost, and late timers, add to the wait" : "";
          },
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<QueueWait>();
          }};
}

}  // namespace lockstep
