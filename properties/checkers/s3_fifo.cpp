// S3: within a class of a queue requests leave in the order of their arrival, also inside a batch,
// and pieces of a split request one after another.
//
// A class is the queue where the scheduler promises fifo_per_queue; else, for tf-shared and tf-jit,
// whose documented order it is, the requests of one criticality (TF 2.7, 2.11, 2.16). In a
// priority-aware queue the rest of a cut request goes behind what arrived at the same time, so
// there times are compared, and ids of first pieces (TF 2.11).
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class Fifo final : public Checker {
 public:
  explicit Fifo(const RunRules& rules)
      : registered_(rules), whole_queue_(rules.promises.fifo_per_queue) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    for (const JournalMember& member : line.members) {
      if (const RecordedRequest* request = run.request(member.request); request != nullptr) {
        leave(run, line, member, request->arrival, found);
      }
    }
  }

  // Of a log without lines: by when batches left. Equal arrivals have no order there.
  void at_end(const RunRecord& run, Violations& found) override {
    if (run.rules.parts.lines) {
      return;
    }
    std::vector<std::optional<std::uint64_t>> last;  // by queue: who left latest so far
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      const RecordedBatch* batch = request.first_batch ? run.batch(*request.first_batch) : nullptr;
      if (batch == nullptr) {
        continue;
      }
      const std::size_t queue = raw(request.arrival.queue);
      last.resize(std::max(last.size(), queue + 1));
      const RecordedRequest* before = last[queue] ? &run.requests[*last[queue]] : nullptr;
      if (before != nullptr && before->arrival.time < request.arrival.time &&
          batch->started < run.batch(*before->first_batch)->started) {
        found.add(broken("S3", run,
                         "left before request " + std::to_string(*last[queue]) +
                             " of the same queue, which came earlier",
                         {.request = RequestId{id},
                          .batch = batch->id,
                          .queue = request.arrival.queue,
                          .at = batch->started}));
      } else if (before == nullptr || batch->started >= run.batch(*before->first_batch)->started) {
        last[queue] = id;
      }
    }
  }

 private:
  struct Last {
    SimTime arrived{};
    std::uint64_t id = 0;
    std::uint64_t first_id = 0;  // of first pieces
    bool any = false;
  };

  [[nodiscard]] std::size_t class_of(const Arrival& arrival) const {
    if (whole_queue_) {
      return 0;
    }
    if (registered_.of(arrival.queue).low_class) {
      return registered_.is_low(arrival.queue, arrival.priority) ? 0 : 1;
    }
    const bool levels =
        registered_.kind == SchedulerKind::kJit || registered_.of(arrival.queue).priority_aware;
    return levels ? criticality_of(arrival.priority) : 0;
  }

  void leave(const RunRecord& run, const JournalLine& line, const JournalMember& member,
             const Arrival& arrival, Violations& found) {
    if (raw(arrival.queue) >= queues_.size()) {
      queues_.resize(raw(arrival.queue) + std::size_t{1});
    }
    Last& last = queues_[raw(arrival.queue)][class_of(arrival)];
    const std::uint64_t id = raw(member.request);
    const bool first_piece = member.first_row == 0;
    const bool by_time = registered_.of(arrival.queue).priority_aware;
    bool late = last.any && (by_time ? arrival.time < last.arrived : id < last.id);
    late = late || (last.any && first_piece && id < last.first_id);
    if (late) {
      found.add(broken(
          "S3", run,
          "left after request " + std::to_string(by_time && first_piece ? last.first_id : last.id) +
              " of the same class, which came later",
          {.request = member.request, .batch = line.decision.batch, .queue = arrival.queue}));
    }
    last = {.arrived = arrival.time,
            .id = id,
            .first_id = first_piece ? id : last.first_id,
            .any = true};
  }

  RegisteredRules registered_;
  bool whole_queue_;
  std::vector<std::array<Last, kCriticalities>> queues_;
};

std::string_view order_unchecked(const RunRules& rules) {
  if (!rules.parts.lines) {
    return rules.parts.batches && rules.promises.fifo_per_queue ? "" : needs_lines(rules);
  }
  const RegisteredRules registered(rules);
  if (!rules.promises.fifo_per_queue && registered.retries) {
    return "who tries again is overtaken (TF 2.15)";
  }
  const bool known =
      registered.kind == SchedulerKind::kShared || registered.kind == SchedulerKind::kJit;
  return rules.promises.fifo_per_queue || known ? ""
                                                : "its scheduler does not promise fifo_per_queue";
}

// S3b: answers leave in the order of arrival, per queue.
class RepliesInOrder final : public Checker {
 public:
  explicit RepliesInOrder(const RunRules& /*rules*/) {}

  void at_end(const RunRecord& run, Violations& found) override {
    std::vector<std::optional<RequestId>> last;  // by queue: answered, of those so far the latest
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (!request.end || !request.end->batch) {
        continue;  // refused or dropped: not a reply of its turn
      }
      const std::size_t queue = raw(request.arrival.queue);
      last.resize(std::max(last.size(), queue + 1));
      if (last[queue]) {
        const RecordedEnd& before = *run.requests[raw(*last[queue])].end;
        if (request.end->at < before.at ||
            (request.end->at == before.at && request.end->line < before.line)) {
          found.add(broken("S3b", run,
                           "answered before request " + std::to_string(raw(*last[queue])) +
                               ", which came earlier",
                           {.request = RequestId{id},
                            .queue = request.arrival.queue,
                            .at = request.end->at,
                            .line = request.end->line}));
          continue;
        }
      }
      last[queue] = RequestId{id};
    }
  }
};

std::string_view replies_not_checked(const RunRules& rules) {
  return rules.promises.replies_in_order ? "" : kNotPromised;
}

}  // namespace

Property s3_fifo() {
  return {.id = "S3",
          .name = "fifo-per-class",
          .formula = "a(r) < a(r') of one class: r leaves first, also inside a batch",
          .source = "verification 3.1 S3; TF 2.3, 2.7, 2.11, 2.16",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = order_unchecked,
          .make = make_checker<Fifo>};
}

Property s3b_replies_in_order() {
  return {.id = "S3b",
          .name = "replies-in-order",
          .formula = "a(r) < a(r') of one queue, both executed: r is answered no later",
          .source = "verification 3.1 S3b",
          .kind = PropertyClass::kSafety,
          .not_checked = replies_not_checked,
          .make = make_checker<RepliesInOrder>};
}

}  // namespace lockstep
