// L3c: a batch leaves as large as it can: it is the longest row of waiting requests, from the first
// on, that fits.
//
// Late binding: while no lane is idle the batch may still grow (TF 2.2). A batch that was closed by
// overflow is no exception: it was closed because the next request did not fit, and that one waits
// in front now. With splitting the next one always fits in part, so only full batches leave others
// behind. A padding policy that trims leaves exactly an allowed size (TF 2.8).
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/latency.h"
#include "properties/checkers/waiting_view.h"

namespace lockstep {
namespace {

std::int64_t next_size(const std::vector<std::int64_t>& sizes, std::int64_t rows) {
  const auto next = std::lower_bound(sizes.begin(), sizes.end(), rows);
  return next == sizes.end() ? rows : *next;
}

std::int64_t previous_size(const std::vector<std::int64_t>& sizes, std::int64_t rows) {
  const auto above = std::upper_bound(sizes.begin(), sizes.end(), rows);
  return above == sizes.begin() ? rows : *(above - 1);
}

class MaximalPrefix final : public Checker {
 public:
  explicit MaximalPrefix(const RunRules& rules) : rules_(rules), view_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    const bool starts = !line.is_input && line.decision.kind == DecisionKind::kStart;
    const QueueId queue = line.decision.queue;
    const std::uint64_t rows_before = starts ? view_.waiting_rows(queue) : 0;
    view_.take(run);
    if (!starts || line.members.empty()) {
      return;
    }
    const std::string wrong = judge(line, static_cast<std::int64_t>(rows_before));
    if (!wrong.empty()) {
      found.add({.property = "L3c",
                 .found = wrong,
                 .batch = line.decision.batch,
                 .queue = queue,
                 .lane = line.decision.lane,
                 .at = run.now,
                 .line = run.lines.size() - 1});
    }
  }

 private:
  [[nodiscard]] std::string judge(const JournalLine& line, std::int64_t rows_before) const {
    const QueueId queue = line.decision.queue;
    const QueueRules& rules = rules_.of(queue);
    std::int64_t rows = 0;
    for (const JournalMember& member : line.members) {
      rows += member.rows;
    }
    const std::int64_t rows_max = *rules.batch_rows_max;
    const bool was_open = rows_before <= rows_max;
    if (was_open && !rules.pads_up && !rules.allowed_sizes.empty()) {
      return judge_trim(rules, line, rows, rows_before);
    }
    if (view_.waiting_count(queue) == 0) {
      return {};
    }
    const std::int64_t next = view_.request(view_.front(queue))->rows_left;
    if (rules.splits ? rows >= rows_max : rows + next > rows_max) {
      return {};
    }
    return "it has " + std::to_string(rows) + " of " + std::to_string(rows_max) +
           " rows, and leaves a request of " + std::to_string(next) + " rows behind that fits";
  }

  // TF 2.8. The policy that compares costs may also leave the batch as it is.
  [[nodiscard]] std::string judge_trim(const QueueRules& rules, const JournalLine& line,
                                       std::int64_t rows, std::int64_t rows_before) const {
    std::int64_t target = previous_size(rules.allowed_sizes, rows_before);
    if (next_size(rules.allowed_sizes, rows_before) == rows_before) {
      target = rows_before;
    }
    const std::string* policy = rules_.option("batch_padding_policy");
    const bool always = rules_.queues.empty() && policy != nullptr && *policy == "BATCH_DOWN";
    if (rows == target && target < rows_before) {
      return {};
    }
    if (rows < rows_before) {
      return "it has " + std::to_string(rows) + " of " + std::to_string(rows_before) +
             " waiting rows, and trimming would leave " + std::to_string(target);
    }
    std::int64_t prefix = 0;
    for (const JournalMember& member : line.members) {
      prefix += member.rows;
      if (always && prefix == target && target < rows_before) {
        return "it has " + std::to_string(rows) + " rows, and trimming leaves " +
               std::to_string(target);
      }
    }
    return {};
  }

  RunRules rules_;
  WaitingView view_;
};

}  // namespace

Property l3c_maximal_prefix() {
  return {.id = "L3c",
          .name = "maximal-prefix",
          .formula = "at dispatch: rows + rows of the next waiting request > E, or none waits",
          .source = "verification 3.2 L3c; TF 2.1 step 5, 2.3, 2.6, 2.8, 3.2; Triton #3624",
          .kind = PropertyClass::kLatency,
          .star = true,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            if (!has_lines(rules)) {
              return kNoLines;
            }
            if (retries(rules)) {
              return kRetries;
            }
            if (!rules.other_queues.batch_rows_max) {
              return "its settings name no batch size";
            }
            const bool serial =
                is_scheduler(rules, "tf-serial-device") && rules.promises.fifo_per_queue;
            const bool promised = rules.promises.fills_batches && rules.promises.fifo_per_queue;
            return serial || promised || shared_in_order(rules)
                       ? ""
                       : "its batches are assembled before a lane is idle, or by priority "
                         "(TF 2.7, 2.11, 2.14, 2.16, 3.1)";
          },
          .make = [](const RunRules& rules) -> std::unique_ptr<Checker> {
            return std::make_unique<MaximalPrefix>(rules);
          }};
}

}  // namespace lockstep
