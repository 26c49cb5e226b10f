// S13: a batch is executed with the next allowed size of its rows, and with nothing else; without
// allowed sizes as it is (TF 2.8, 2.9).
//
// A batch that begins with a low-priority request has the allowed sizes of those.
#include <cstdint>
#include <string>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class Padding final : public Checker {
 public:
  explicit Padding(const RunRules& rules) : registered_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    const bool seals =
        !line.is_input && (line.decision.kind == DecisionKind::kSeal ||
                           (line.decision.kind == DecisionKind::kStart && line.decision.sealed));
    if (seals) {
      if (const RecordedBatch* batch = run.batch(line.decision.batch); batch != nullptr) {
        judge(run, *batch, found);
        padding_list(run, *batch, found);
      }
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    for (std::size_t i = 0; !run.rules.parts.lines && i < run.batches.size(); ++i) {
      judge(run, run.batches[i], found);
    }
  }

 private:
  void judge(const RunRecord& run, const RecordedBatch& batch, Violations& found) {
    if (batch.reason == Reason::kExpired) {
      return;  // not executed
    }
    const auto rows = static_cast<std::int64_t>(batch.rows);
    const std::int64_t padded = batch.padded_rows == 0 ? rows : batch.padded_rows;
    const std::int64_t expected = next_allowed(allowed(run, batch), rows);
    if (padded != expected) {
      found.add(broken("S13", run,
                       std::to_string(rows) + " rows executed as " + std::to_string(padded) +
                           ", the next allowed size is " + std::to_string(expected),
                       {.batch = batch.id, .queue = batch.queue, .lane = batch.lane}));
    }
  }

  // TF 2.7: low-priority requests that fill up a batch stand beside it, at its end; no others do.
  void padding_list(const RunRecord& run, const RecordedBatch& batch, Violations& found) {
    if (registered_.kind == SchedulerKind::kOther) {
      return;
    }
    const RegisteredQueue& queue = registered_.of(batch.queue);
    const bool pads = queue.low_class && queue.mixed != MixedPolicy::kIsolation && !queue.merges();
    bool begun = false;
    for (const RecordedPiece& piece : batch.pieces) {
      const RecordedRequest* request = run.request(piece.request);
      const bool low =
          request != nullptr && registered_.is_low(batch.queue, request->arrival.priority);
      if ((piece.padding && !(pads && low)) || (begun && !piece.padding)) {
        found.add(broken("S13", run,
                         piece.padding ? "in the padding list of a batch that has none for it"
                                       : "joined its batch behind the padding list",
                         {.request = piece.request, .batch = batch.id, .queue = batch.queue}));
        return;
      }
      begun = piece.padding;
    }
  }

  [[nodiscard]] const std::vector<std::int64_t>& allowed(const RunRecord& run,
                                                         const RecordedBatch& batch) const {
    if (registered_.kind == SchedulerKind::kOther) {
      return run.rules.of(batch.queue).allowed_sizes;
    }
    const RecordedRequest* first =
        batch.pieces.empty() ? nullptr : run.request(batch.pieces.front().request);
    const RegisteredQueue& queue = registered_.of(batch.queue);
    return first != nullptr && registered_.is_low(batch.queue, first->arrival.priority)
               ? queue.low_allowed
               : queue.allowed;
  }

  RegisteredRules registered_;
};

}  // namespace

Property s13_padding() {
  return {
      .id = "S13",
      .name = "padded-to-next-allowed-size",
      .formula = "padded(b) = min{x in allowed sizes: x >= rows(b)}, rows(b) when there is none",
      .source = "verification 3.1 S13; TF 2.8, 2.9",
      .kind = PropertyClass::kSafety,
      .star = true,
      .not_checked = needs_batches,
      .make = make_checker<Padding>};
}

}  // namespace lockstep
