// L6: strict priority, where the settings ask for it.
//
//   rank_queues             no queue is served while one of a smaller (priority, time) is due
//                           (TF 2.4); here between queues in order, so by time
//   priority-aware queues   no request leaves while a more critical one of its queue stays
//   (TF 2.11), others that
//   promise it
//   enable_priority_queue   no batch of low-priority requests alone leaves while others wait in
//                           their queue (TF 2.7; with priority_merge they share batches)
//   tf-jit                  at most max_ready_batches batches overtake a more critical request:
//                           those that were assembled before it came (TF 2.16)
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/latency.h"
#include "properties/checkers/waiting_view.h"

namespace lockstep {
namespace {

// Low-priority requests of that queue leave in batches of their own, after the others (TF 2.7).
bool strict_classes(const RunRules& rules, QueueId queue) {
  return rules.flag(queue, "enable_priority_queue") && !merges_priorities(rules, queue);
}

class Priority final : public Checker {
 public:
  explicit Priority(const RunRules& rules)
      : rules_(rules),
        view_(rules),
        ranks_(rules.flag("rank_queues") && shared_in_order(rules)),
        jit_(is_scheduler(rules, "tf-jit")),
        ready_max_(rules.integer("max_ready_batches").value_or(0)) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    const bool starts =
        !line.is_input && line.decision.kind == DecisionKind::kStart && !line.members.empty();
    std::string wrong = starts && ranks_ ? judge_rank(line.decision.queue) : "";
    const QueueId queue = line.decision.queue;
    const bool aware = rules_.promises.strict_priority ||
                       rules_.flag(queue, "enable_priority_aware_batch_scheduler");
    const bool low_first = starts && strict_classes(rules_, queue) &&
                           is_low_priority(priority_of(line.members.front()));
    view_.take(run);
    if (starts && aware) {
      wrong = judge_classes(line);
    } else if (low_first) {
      wrong = judge_low_only(line.decision.queue);
    } else if (starts && jit_) {
      wrong = judge_overtaking(line);
    }
    if (!wrong.empty()) {
      found.add({.property = "L6",
                 .found = wrong,
                 .batch = line.decision.batch,
                 .queue = line.decision.queue,
                 .at = run.now,
                 .line = run.lines.size() - 1});
    }
  }

 private:
  [[nodiscard]] std::uint8_t priority_of(const JournalMember& member) const {
    const WaitingView::Waiting* request = view_.request(member.request);
    return request == nullptr ? std::uint8_t{0} : request->priority;
  }

  [[nodiscard]] std::string judge_rank(QueueId served) const {
    if (view_.waiting_count(served) == 0) {
      return {};
    }
    const SimTime rank = view_.front_rank(served);
    for (std::uint32_t i = 0; i < view_.queue_count(); ++i) {
      const QueueId queue{i};
      if (queue == served || view_.waiting_count(queue) == 0) {
        continue;
      }
      const QueueRules& rules = rules_.of(queue);
      const bool due =
          view_.closed(queue) != kForever ||
          view_.waiting_rows(queue) >= static_cast<std::uint64_t>(*rules.batch_rows_max) ||
          after(view_.front_opened(queue), *rules.timeout) <= view_.now();
      if (due && view_.front_rank(queue) < rank) {
        return "its first request is of " + to_text(rank - SimTime{}) + ", that of queue " +
               std::to_string(i) + ", which is due, of " +
               to_text(view_.front_rank(queue) - SimTime{});
      }
    }
    return {};
  }

  [[nodiscard]] std::string judge_classes(const JournalLine& line) const {
    std::size_t least = kCriticalities - 1;
    for (const JournalMember& member : line.members) {
      least = std::min(least, criticality_of(priority_of(member)));
    }
    std::string wrong;
    view_.for_each_waiting(line.decision.queue,
                           [&](RequestId id, const WaitingView::Waiting& request) {
                             if (wrong.empty() && criticality_of(request.priority) > least) {
                               wrong = "request " + std::to_string(raw(id)) + " of criticality " +
                                       std::to_string(criticality_of(request.priority)) +
                                       " stays while one of " + std::to_string(least) + " leaves";
                             }
                           });
    return wrong;
  }

  [[nodiscard]] std::string judge_low_only(QueueId queue) const {
    std::string wrong;
    view_.for_each_waiting(queue, [&](RequestId id, const WaitingView::Waiting& request) {
      if (wrong.empty() && !is_low_priority(request.priority)) {
        wrong =
            "low-priority requests leave alone while request " + std::to_string(raw(id)) + " waits";
      }
    });
    return wrong;
  }

  // For each request that waits: how many batches with less critical ones left since it came.
  std::string judge_overtaking(const JournalLine& line) {
    std::size_t most = 0;
    std::size_t least = kCriticalities - 1;
    for (const JournalMember& member : line.members) {
      most = std::max(most, criticality_of(priority_of(member)));
      least = std::min(least, criticality_of(priority_of(member)));
    }
    std::string wrong;
    for (std::uint32_t i = 0; i < view_.queue_count(); ++i) {
      const QueueId queue{i};
      // In another queue only batches that begin less critical overtake.
      const std::size_t than = queue == line.decision.queue ? least : most;
      if (view_.closed(queue) != kForever) {
        continue;  // dropped
      }
      view_.for_each_waiting(queue, [&](RequestId id, const WaitingView::Waiting& request) {
        if (criticality_of(request.priority) <= than) {
          return;
        }
        overtaken_.resize(std::max<std::size_t>(overtaken_.size(), raw(id) + 1));
        if (++overtaken_[raw(id)] > ready_max_ && wrong.empty()) {
          wrong = "request " + std::to_string(raw(id)) + " is overtaken by " +
                  std::to_string(overtaken_[raw(id)]) + " batches of less critical requests > " +
                  std::to_string(ready_max_);
        }
      });
    }
    return wrong;
  }

  RunRules rules_;
  WaitingView view_;
  bool ranks_;
  bool jit_;
  std::int64_t ready_max_;
  std::vector<std::int64_t> overtaken_;  // by request
};

std::string_view priority_unchecked(const RunRules& rules) {
  if (!has_lines(rules)) {
    return kNoLines;
  }
  if (retries(rules)) {
    return kRetries;
  }
  if (rules.promises.strict_priority) {
    return "";
  }
  if (is_scheduler(rules, "tf-jit")) {
    return rules.integer("max_ready_batches").value_or(0) < 0
               ? "max_ready_batches is no limit: every batch is assembled as its requests come"
               : "";
  }
  if (rules.flag("rank_queues") && shared_in_order(rules)) {
    return "";
  }
  // The last queue stands for all that have no options of their own.
  bool any = false;
  for (std::uint32_t queue = 0; queue <= rules.queues.size(); ++queue) {
    any = any || rules.flag(QueueId{queue}, "enable_priority_aware_batch_scheduler") ||
          strict_classes(rules, QueueId{queue});
  }
  return is_scheduler(rules, "tf-shared") && any ? "" : "its settings ask for no strict priority";
}

}  // namespace

Property l6_priority() {
  return {.id = "L6",
          .name = "priority",
          .formula = "nobody is started while a more critical one that is due stays behind",
          .source = "verification 3.2 L6; TF 2.4, 2.7, 2.11, 2.16",
          .kind = PropertyClass::kLatency,
          .star = true,
          .not_checked = &priority_unchecked,
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return std::make_unique<Priority>(rules);
          }};
}

}  // namespace lockstep
