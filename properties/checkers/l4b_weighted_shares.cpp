// L4b: while two queues have batches that are due, the rows that leave them are as their weights.
//
// |served_i / w_i - served_j / w_j| <= E / w_i + E / w_j over any stretch of starts at which both
// were due (start-time fair queueing; E: most rows of a batch). Exact: both sides times w_i * w_j.
// A stretch is any part of the time that both are due, so what counts is the difference between the
// largest and the smallest lead within it. Weights: option queue_weights, of queue i the one at
// place i modulo their number; equal ones without it. O(queues) a start.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/due_queue.h"
#include "properties/checkers/latency.h"
#include "properties/checkers/waiting_view.h"

namespace lockstep {
namespace {

class WeightedShares final : public Checker {
 public:
  explicit WeightedShares(const RunRules& rules) : rules_(rules), view_(rules) {
    if (rules.option("queue_weights") != nullptr) {
      weights_ = option_sizes(rules.options, "queue_weights");
    }
  }

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    const bool starts = !line.is_input && line.decision.kind == DecisionKind::kStart;
    if (!starts) {
      view_.take(run);
      return;
    }
    const std::vector<bool> due = due_queues();  // as it was when the scheduler chose
    view_.take(run);
    std::int64_t rows = 0;
    for (const JournalMember& member : line.members) {
      rows += member.rows;
    }
    serve(run, line, due, rows, found);
  }

 private:
  // Of a pair of queues, smaller number first: how far the first is ahead, times both weights.
  struct Lead {
    std::int64_t now = 0;
    std::int64_t least = 0;
    std::int64_t most = 0;
  };

  [[nodiscard]] std::int64_t weight(std::uint32_t queue) const {
    return weights_.empty() ? 1 : weights_[queue % weights_.size()];
  }

  [[nodiscard]] std::vector<bool> due_queues() const {
    std::vector<bool> due(view_.queue_count());
    for (std::uint32_t queue = 0; queue < due.size(); ++queue) {
      due[queue] = has_due_batch(rules_, view_, QueueId{queue});
    }
    return due;
  }

  void serve(const RunRecord& run, const JournalLine& line, const std::vector<bool>& due,
             std::int64_t rows, Violations& found) {
    const std::uint32_t served = raw(line.decision.queue);
    // Stretches end for pairs of which one was not due.
    std::erase_if(leads_, [&](const auto& entry) {
      const auto& [first, second] = entry.first;
      return first >= due.size() || second >= due.size() || !due[first] || !due[second];
    });
    if (served >= due.size() || !due[served]) {
      return;
    }
    for (std::uint32_t other = 0; other < due.size(); ++other) {
      if (other == served || !due[other]) {
        continue;
      }
      const std::pair<std::uint32_t, std::uint32_t> pair = std::minmax(served, other);
      Lead& lead = leads_[pair];
      const std::int64_t step = rows * weight(other);
      lead.now += served < other ? step : -step;
      lead.least = std::min(lead.least, lead.now);
      lead.most = std::max(lead.most, lead.now);
      const std::int64_t bound =
          *rules_.other_queues.batch_rows_max * (weight(served) + weight(other));
      if (lead.most - lead.least > bound) {
        found.add({.property = "L4b",
                   .found = "with weights " + std::to_string(weight(pair.first)) + " and " +
                            std::to_string(weight(pair.second)) + " queues " +
                            std::to_string(pair.first) + " and " + std::to_string(pair.second) +
                            " were " + std::to_string(lead.most - lead.least) + " apart > " +
                            std::to_string(bound) +
                            " while both were due (rows times the other's "
                            "weight)",
                   .batch = line.decision.batch,
                   .queue = line.decision.queue,
                   .lane = line.decision.lane,
                   .at = run.now,
                   .line = run.lines.size() - 1});
        lead = Lead{};
      }
    }
  }

  RunRules rules_;
  WaitingView view_;
  std::vector<std::int64_t> weights_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Lead> leads_;  // of pairs that are both due
};

}  // namespace

Property l4b_weighted_shares() {
  return {.id = "L4b",
          .name = "weighted-shares",
          .formula = "|served_i / w_i - served_j / w_j| <= largest batch * (1 / w_i + 1 / w_j)",
          .source = "verification 3.2 L4b; TF 2.4",
          .kind = PropertyClass::kLatency,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules)) {
              return kNoLines;
            }
            if (!rules.promises.shares_by_weight) {
              return "no registered scheduler has weights or shares of queues (TF 2.4)";
            }
            return says_when_due(rules) ? "" : kNotSaid;
          },
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return std::make_unique<WeightedShares>(rules);
          }};
}

}  // namespace lockstep
