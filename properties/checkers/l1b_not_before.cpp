// L1b: an under-full batch does not leave before its time-out.
//
// Unless something else made it due: the rows that wait fill a batch (then the one in front is full
// or was closed by overflow), its queue was closed, it has as many requests as one may have. By
// scheduler:
//   tf-shared     first in front + T; with two classes each by its own time-out (TF 2.7); a
//                 priority-aware queue counts from the oldest of all that wait, and knows no
//                 flush (TF 2.11)
//   tf-adaptive   created + T in whole microseconds (TF 3.1), or closed
//   tf-streaming  judged at the seal (TF 2.14)
//   naive         batch_size requests, always
//   others        that promise it, as tf-shared
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/latency.h"
#include "properties/checkers/waiting_view.h"
#include "properties/record/option_units.h"

namespace lockstep {
namespace {

// Of one class of what waits in a queue.
struct Share {
  std::int64_t rows = 0;
  SimTime oldest = kForever;

  void add(const WaitingView::Waiting& request) {
    rows += request.rows_left;
    oldest = std::min(oldest, request.arrived);
  }
};

class NotBefore final : public Checker {
 public:
  explicit NotBefore(const RunRules& rules) : rules_(rules), view_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    note_filtered(line);
    std::string wrong;
    if (is_decision(line, DecisionKind::kStart) && !line.members.empty()) {
      const bool promises = rules_.promises.waits_for_timeout;
      wrong = is_scheduler(rules_, "tf-shared") || promises ? judge_shared(line)
              : is_scheduler(rules_, "naive-full-batch")    ? judge_naive(line)
                                                            : "";
      filtered_ = Share{};
    }
    view_.take(run);
    note_order(line);
    if (is_decision(line, DecisionKind::kStart) && !line.members.empty() &&
        is_scheduler(rules_, "tf-adaptive")) {
      wrong = judge_adaptive(line);
    } else if (is_decision(line, DecisionKind::kSeal) && is_scheduler(rules_, "tf-streaming")) {
      wrong = judge_seal(run, line);
    }
    if (!wrong.empty()) {
      found.add({.property = "L1b",
                 .found = wrong,
                 .batch = line.decision.batch,
                 .queue = line.decision.queue,
                 .at = run.now,
                 .line = run.lines.size() - 1});
    }
    if (line.is_input) {
      cause_ = line.input.kind;
      arrived_ = line.request;
    }
  }

 private:
  static bool is_decision(const JournalLine& line, DecisionKind kind) {
    return !line.is_input && line.decision.kind == kind;
  }
  [[nodiscard]] bool aware(QueueId queue) const {
    return rules_.flag(queue, "enable_priority_aware_batch_scheduler");
  }
  [[nodiscard]] std::string early(SimTime opened, SimTime now, SimDuration timeout,
                                  std::int64_t rows, std::int64_t rows_max) const {
    return "left after " + to_text(now - opened) + " < " + to_text(timeout) + " with " +
           std::to_string(rows) + " of " + std::to_string(rows_max) + " rows waiting";
  }

  // Who is dropped while a batch forms was still there when its queue was found ready (TF 2.11).
  void note_filtered(const JournalLine& line) {
    if (line.is_input) {
      filtered_ = Share{};
    } else if (line.decision.kind == DecisionKind::kFinish) {
      const WaitingView::Waiting* request = view_.request(line.request);
      if (request != nullptr && request->waits && aware(request->queue) &&
          (line.decision.reason == Reason::kExpired ||
           line.decision.reason == Reason::kCancelled)) {
        filtered_.add(*request);
      }
    }
  }

  [[nodiscard]] std::string judge_shared(const JournalLine& line) const {
    const QueueId queue = line.decision.queue;
    const QueueRules& rules = rules_.of(queue);
    const SimTime now = view_.now();
    const std::int64_t rows_max = *rules.batch_rows_max;
    const bool is_aware = aware(queue);
    const bool is_merging = merges_priorities(rules_, queue);
    const bool has_classes = rules_.flag(queue, "enable_priority_queue");
    const bool low_only =
        has_classes && !is_aware && !is_merging && is_low_priority(first_priority(line));
    if (view_.waiting_count(queue) == 0 ||
        (view_.closed(queue) != kForever && !is_aware && !low_only)) {
      return {};
    }
    Share share;
    SimDuration timeout = *rules.timeout;
    std::int64_t full = rows_max;
    if (!is_aware && !has_classes) {
      share = {static_cast<std::int64_t>(view_.waiting_rows(queue)), view_.front_opened(queue)};
    } else {
      view_.for_each_waiting(queue, [&](RequestId, const WaitingView::Waiting& request) {
        if (is_aware || is_merging || is_low_priority(request.priority) == low_only) {
          share.add(request);
        }
      });
      if (low_only) {
        timeout = option_micros(*rules_.integer(queue, "low_priority_batch_timeout_micros"));
        full = *rules_.integer(queue, "low_priority_max_batch_size");
      }
    }
    share.rows += filtered_.rows;
    share.oldest = std::min(share.oldest, filtered_.oldest);
    if (share.rows >= full || after(share.oldest, timeout) <= now) {
      return {};
    }
    return early(share.oldest, now, timeout, share.rows, full);
  }

  [[nodiscard]] std::uint8_t first_priority(const JournalLine& line) const {
    const WaitingView::Waiting* first = view_.request(line.members.front().request);
    return first == nullptr ? std::uint8_t{0} : first->priority;
  }

  [[nodiscard]] std::string judge_naive(const JournalLine& line) const {
    const std::int64_t wanted = rules_.integer("batch_size").value_or(0);
    const auto count = static_cast<std::int64_t>(line.members.size());
    return count >= wanted ? ""
                           : "left with " + std::to_string(count) + " of " +
                                 std::to_string(wanted) + " requests";
  }

  // The order of acceptance by queue: who came next tells a batch that was closed by overflow.
  void note_order(const JournalLine& line) {
    if (!is_scheduler(rules_, "tf-adaptive")) {
      return;
    }
    if (line.is_input && line.input.kind == InputKind::kArrive) {
      const std::size_t queue = raw(line.arrival.queue);
      order_.resize(std::max(order_.size(), queue + 1));
      places_.resize(std::max<std::size_t>(places_.size(), raw(line.request) + 1));
      places_[raw(line.request)] = order_[queue].size();
      order_[queue].push_back({line.request, line.arrival.size});
      newest_queue_ = queue;
    } else if (is_decision(line, DecisionKind::kFinish) && newest_queue_ < order_.size() &&
               !order_[newest_queue_].empty() && order_[newest_queue_].back().id == line.request) {
      order_[newest_queue_].pop_back();  // refused
    }
  }

  [[nodiscard]] std::string judge_adaptive(const JournalLine& line) const {
    const QueueId queue = line.decision.queue;
    const QueueRules& rules = rules_.of(queue);
    const WaitingView::Waiting* first = view_.request(line.members.front().request);
    if (first == nullptr || raw(line.members.back().request) >= places_.size()) {
      return {};
    }
    std::int64_t rows = 0;
    for (const JournalMember& member : line.members) {
      rows += member.rows;
    }
    const std::int64_t rows_max = *rules.batch_rows_max;
    const std::int64_t count_max = rules_.integer(queue, "max_tasks_per_batch").value_or(0);
    const bool task_limit = count_max != 0;  // a negative one acts as 1 (TF 1.4)
    const SimDuration timeout = std::max(*rules.timeout, SimDuration{0});
    const std::int64_t passed_us = ns_of(view_.now()) / 1000 - ns_of(first->arrived) / 1000;
    const bool full_of_tasks = task_limit && static_cast<std::int64_t>(line.members.size()) >=
                                                 std::max<std::int64_t>(count_max, 1);
    if (rows >= rows_max || full_of_tasks || passed_us >= timeout.count() / 1000) {
      return {};
    }
    const std::vector<Accepted>& order = order_[raw(queue)];
    const std::size_t next = places_[raw(line.members.back().request)] + 1;
    if (next < order.size() && rows + order[next].rows > rows_max) {
      return {};  // closed by overflow, and left by EXPRESS
    }
    return early(first->arrived, view_.now(), timeout, rows, rows_max);
  }

  [[nodiscard]] std::string judge_seal(const RunRecord& run, const JournalLine& line) const {
    const RecordedBatch* batch = run.batch(line.decision.batch);
    if (batch == nullptr || batch->pieces.empty() || cause_ == InputKind::kLaneDown) {
      return {};
    }
    const QueueRules& rules = rules_.of(batch->queue);
    const auto rows = static_cast<std::int64_t>(batch->rows);
    const SimDuration timeout = *rules.timeout;
    if (rows >= *rules.batch_rows_max ||
        (timeout > SimDuration{0} && after(batch->opened, timeout) <= run.now) ||
        (cause_ == InputKind::kCloseQueue && view_.closed(batch->queue) == run.now)) {
      return {};
    }
    if (cause_ == InputKind::kArrive) {
      const RecordedRequest* next = run.request(arrived_);
      if (next != nullptr && batch->pieces.back().request != arrived_ &&
          (next->arrival.queue != batch->queue ||
           rows + next->arrival.size > *rules.batch_rows_max)) {
        return {};  // overflow
      }
    }
    return early(batch->opened, run.now, timeout, rows, *rules.batch_rows_max);
  }

  struct Accepted {
    RequestId id{0};
    std::uint32_t rows = 0;
  };

  RunRules rules_;
  WaitingView view_;
  Share filtered_;  // in this step, since the last start
  InputKind cause_ = InputKind::kArrive;
  RequestId arrived_{0};
  std::vector<std::vector<Accepted>> order_;  // by queue
  std::vector<std::size_t> places_;           // in it, by request
  std::size_t newest_queue_ = 0;
};

// Two classes in a queue whose padding policy sends requests back.
bool has_trimmed_classes(const RunRules& rules, const OptionValues& options,
                         const QueueRules& queue) {
  const auto is = [&](std::string_view name, std::string_view value) {
    const auto found = std::find_if(options.begin(), options.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found != options.end() && found->second == value;
  };
  return !rules.options.empty() && is("enable_priority_queue", "true") && !queue.pads_up &&
         !queue.allowed_sizes.empty() && !is("batch_padding_policy", "PAD_UP");
}

std::string_view not_before_unchecked(const RunRules& rules) {
  if (!has_lines(rules)) {
    return kNoLines;
  }
  if (retries(rules)) {
    return kRetries;
  }
  if (is_scheduler(rules, "tf-shared")) {
    bool trims_classes = has_trimmed_classes(rules, rules.options, rules.other_queues);
    for (const QueueRules& queue : rules.queues) {
      trims_classes = trims_classes || has_trimmed_classes(rules, queue.options, queue);
    }
    return trims_classes
               ? "a trim moves the time-out of what it leaves, of which class that is (TF 2.8)"
               : "";
  }
  if (is_scheduler(rules, "tf-adaptive") || is_scheduler(rules, "tf-streaming") ||
      is_scheduler(rules, "naive-full-batch")) {
    return "";
  }
  if (is_scheduler(rules, "tf-jit") || is_scheduler(rules, "tf-serial-device")) {
    return "its batches have no time-out to wait for (TF 2.16, 3.2)";
  }
  return !rules.promises.waits_for_timeout ? kNotPromised : says_when_due(rules) ? "" : kNotSaid;
}

}  // namespace

Property l1b_not_before() {
  return {.id = "L1b",
          .name = "not-before",
          .formula =
              "dispatched >= (first request entered the batch) + T, or full, overflowed or "
              "flushed",
          .source = "verification 3.2 L1b; TF 2.2, 2.7, 2.11, 2.14, 3.1",
          .kind = PropertyClass::kLatency,
          .star = true,
          .not_checked = &not_before_unchecked,
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return std::make_unique<NotBefore>(rules);
          }};
}

}  // namespace lockstep
