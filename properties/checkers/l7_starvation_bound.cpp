// L7: nobody waits for ever, and here is how long at most.
//
// The bound of properties/bound/latency_bound.h, with the longest time that a batch of this run
// held its lane as the time of a batch, each lane for itself: so it holds whatever the device.
// Schedulers without a bound: the naive handler (whoever does not fill a batch waits for ever),
// strict priorities, retries.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "properties/bound/latency_bound.h"
#include "properties/checkers/domain.h"
#include "properties/checkers/latency.h"

namespace lockstep {
namespace {

constexpr std::string_view kFaultsAdd = "lanes that are lost, and late timers, add to it";

class StarvationBound final : public Checker {
 public:
  void at_end(const RunRecord& run, Violations& found) override {
    SimDuration longest{0};
    for (const RecordedBatch& batch : run.batches) {
      longest = std::max(longest, batch.done.value_or(run.now) - batch.started);
    }
    std::vector<bool> used;
    for (const RecordedRequest& request : run.requests) {
      if (request.line != kNoLine) {
        used.resize(std::max<std::size_t>(used.size(), raw(request.arrival.queue) + 1));
        used[raw(request.arrival.queue)] = true;
      }
    }
    const std::int64_t queues = std::count(used.begin(), used.end(), true);
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (!request.last_batch || !request.end) {
        continue;
      }
      const QueueRules& rules = run.rules.of(request.arrival.queue);
      const SimDuration bound =
          latency_bound({.lanes = run.rules.lane_count,
                         .devices = run.rules.lane_count,
                         .queues = queues,
                         .batches_max = std::max<std::int64_t>(*rules.batches_max, 1),
                         .timeout = *rules.batch_rows_max == 1 ? SimDuration{0} : *rules.timeout,
                         .batch_max = longest,
                         .underfull_max = longest,
                         .poll = poll_interval(run.rules)})
              .value();
      const SimDuration latency = request.end->at - request.arrival.time;
      if (latency > bound) {
        found.add({.property = "L7",
                   .found = "answered after " + to_text(latency) + " > " + to_text(bound) +
                            ", with batches of at most " + to_text(longest),
                   .request = RequestId{id},
                   .batch = request.last_batch,
                   .queue = request.arrival.queue,
                   .at = request.end->at,
                   .line = request.end->line});
      }
    }
  }
};

}  // namespace

Property l7_starvation_bound() {
  return {.id = "L7",
          .name = "starvation-bound",
          .formula = "latency <= max((ceil(M * Q / L) + 1) * S, T + (ceil((Q - 1) / L) + 1) * S)",
          .source = "verification 3.2 L7; docs/bound.md; TF 2.1, 2.2, 2.4",
          .kind = PropertyClass::kLatency,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules)) {
              return kNoLines;
            }
            if (rules.is_live) {
              return kLive;
            }
            if (rules.promises.latency_bound) {
              return !says_when_due(rules)             ? kNotSaid
                     : !rules.other_queues.batches_max ? "its settings have no max_enqueued_batches"
                     : rules.has_faults                ? kFaultsAdd
                                                       : "";
            }
            if (!shared_in_order(rules) || rules.flag("rank_queues")) {
              return "no bound is known but for the shared scheduler's queues that take turns, "
                     "with one priority (docs/bound.md)";
            }
            bool any_trims = trims(rules.other_queues);
            for (const QueueRules& queue : rules.queues) {
              any_trims = any_trims || trims(queue);
            }
            if (any_trims) {
              return "a trim sends requests back to the open batch, any number of times (TF 2.8)";
            }
            return rules.has_faults ? kFaultsAdd : "";
          },
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<StarvationBound>();
          }};
}

}  // namespace lockstep
