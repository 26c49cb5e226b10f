// V3: when nothing is left to happen, nobody is left, or there is a rule that says why.
//
// A lost wake-up, a request that fell out of a list, a lane that nobody gives back: each ends a run
// with someone still waiting. Also judged where the scheduler does not promise to starve nobody:
//   naive-full-batch       leaves fewer requests in a queue than fill a batch
//   tf-jit                 abandons those of closed queues (TF 2.16), and nobody else
//   tf-streaming, T = 0    leaves the members of the open batch (TF 2.14)
//   enable_priority_queue  leaves low-priority requests alone where rank_queues cannot see them
//                          (TF 2.17, quirk 6) or the first can never fit (merge, quirk 5)
//   priority-aware         leaves a head that no trimmed batch can hold (TF 2.11)
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/liveness.h"

namespace lockstep {
namespace {

// Who may be left.
enum class Left {
  kNobody,
  kOfClosedQueues,
  kOfOpenBatches,
  kFewerThanABatch,
  kLowPriority,
};

Left who_may_be_left(const RunRules& rules, QueueId queue) {
  if (is_scheduler(rules, "naive-full-batch")) {
    return Left::kFewerThanABatch;
  }
  if (is_scheduler(rules, "tf-jit")) {
    return Left::kOfClosedQueues;
  }
  if (is_scheduler(rules, "tf-streaming") &&
      rules.of(queue).timeout.value_or(SimDuration{0}) <= SimDuration{0}) {
    return Left::kOfOpenBatches;
  }
  return rules.flag(queue, "enable_priority_queue") &&
                 (merges_priorities(rules, queue) || rules.flag("rank_queues"))
             ? Left::kLowPriority
             : Left::kNobody;
}

class NobodyLeft final : public Checker {
 public:
  void at_end(const RunRecord& run, Violations& found) override {
    const bool any_lane = std::any_of(run.lanes.begin(), run.lanes.end(),
                                      [](const auto& lane) { return lane.down == Status::kOk; });
    if (!run.rules.parts.complete || run.rules.regime == FaultRegime::kBeyond || !any_lane) {
      return;
    }
    std::vector<std::int64_t> left_count;
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (!request.unanswered || may_be_left(run, request, left_count)) {
        continue;
      }
      found.add({.property = "V3",
                 .found = "nothing is left to happen, and it waits since " +
                          to_text(request.arrival.time - SimTime{}),
                 .request = RequestId{id},
                 .queue = request.arrival.queue,
                 .at = run.now,
                 .line = run.lines.size() - 1});
    }
  }

 private:
  static bool may_be_left(const RunRecord& run, const RecordedRequest& request,
                          std::vector<std::int64_t>& left_count) {
    const std::size_t queue = raw(request.arrival.queue);
    switch (who_may_be_left(run.rules, request.arrival.queue)) {
      case Left::kNobody:
        return false;
      case Left::kOfClosedQueues:
        // What was started is answered all the same.
        return queue < run.closed.size() && run.closed[queue] && !request.first_batch;
      case Left::kOfOpenBatches: {
        const RecordedBatch* batch = request.last_batch ? run.batch(*request.last_batch) : nullptr;
        return batch != nullptr && !batch->sealed;
      }
      case Left::kFewerThanABatch:
        left_count.resize(std::max(left_count.size(), queue + 1));
        return !request.first_batch &&
               ++left_count[queue] <
                   run.rules.integer(request.arrival.queue, "batch_size").value_or(1);
      case Left::kLowPriority:
        return is_low_priority(request.arrival.priority) && !request.first_batch;
    }
    return false;
  }
};

// A queue whose first low-priority request may never fit its batches (TF 2.17, quirk 5). With
// rank_queues it is chosen, yields nothing, and is chosen again: all others wait behind it.
bool may_block_all(const RunRules& rules) {
  if (!rules.flag("rank_queues")) {
    return false;
  }
  // The last stands for all queues without options of their own.
  for (std::uint32_t index = 0; index <= rules.queues.size(); ++index) {
    const QueueId queue{index};
    if (rules.flag(queue, "enable_priority_queue") && merges_priorities(rules, queue) &&
        !rules.of(queue).splits &&
        rules.integer(queue, "low_priority_max_batch_size").value_or(0) >
            rules.of(queue).batch_rows_max.value_or(0)) {
      return true;
    }
  }
  return false;
}

std::string_view nobody_left_unchecked(const RunRules& rules) {
  if (!rules.parts.complete) {
    return "the log does not go on until nothing is left to happen";
  }
  if (rules.regime == FaultRegime::kBeyond) {
    return "completions or lanes are lost for good: only safety must hold";
  }
  if (is_scheduler(rules, "tf-jit") && rules.integer("max_ready_batches").value_or(1) == 0) {
    return "with max_ready_batches 0 no batch is ever assembled (TF 2.16)";
  }
  if (rules.any_flag("enable_priority_aware_batch_scheduler")) {
    bool any_trims = trims(rules.other_queues);
    for (const QueueRules& queue : rules.queues) {
      any_trims = any_trims || trims(queue);
    }
    if (any_trims && !rules.promises.starvation_free) {
      return "a head may be larger than any trimmed batch (TF 2.11)";
    }
  }
  if (may_block_all(rules)) {
    return "with rank_queues, a queue whose first request never fits blocks all (TF 2.17, quirk 5)";
  }
  const bool known = rules.scheduler.starts_with("tf-") || rules.scheduler == "naive-full-batch";
  if (!rules.promises.starvation_free && !known) {
    return kNotPromised;
  }
  return "";
}

}  // namespace

Property v3_nobody_left() {
  return {.id = "V3",
          .name = "no-lost-wake-up",
          .formula = "nothing left to happen => everyone who was accepted is answered",
          .source = "verification 3.3 V3; TF 2.14, 2.16, 2.17 quirks 5 and 6",
          .kind = PropertyClass::kLiveness,
          .not_checked = &nobody_left_unchecked,
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<NobodyLeft>();
          }};
}

}  // namespace lockstep
