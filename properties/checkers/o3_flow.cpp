// O3: rows that enter batches are rows of requests, counted three ways.
//
// By queue: the rows that batches say they have, the rows of their members, and the rows that
// requests have in batches. Who was answered with OK had each of its rows in a batch, once. The
// histogram of batch sizes sums to the number of starts. Padding comes on top, and never below.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/identities.h"

namespace lockstep {
namespace {

// Of one queue.
struct Flow {
  std::uint64_t batches = 0;   // rows, as the batches say
  std::uint64_t pieces = 0;    // ... as their members have
  std::uint64_t requests = 0;  // ... as the requests have
};

class RowFlow final : public Checker {
 public:
  void at_end(const RunRecord& run, Violations& found) override {
    std::map<std::uint64_t, std::uint64_t> histogram;
    for (const RecordedBatch& batch : run.batches) {
      Flow& flow = of(batch.queue);
      flow.batches += batch.rows;
      ++histogram[batch.rows];
      std::uint64_t rows = 0;
      for (const RecordedPiece& piece : batch.pieces) {
        rows += piece.rows;
      }
      flow.pieces += rows;
      if (batch.padded_rows != 0 && batch.padded_rows < rows) {
        found.add({.property = "O3",
                   .found = "padded to " + std::to_string(batch.padded_rows) + " rows < " +
                            std::to_string(rows) + " rows of its members",
                   .batch = batch.id,
                   .queue = batch.queue,
                   .at = batch.started,
                   .line = batch.start_line});
      }
    }
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      of(request.arrival.queue).requests += request.rows_started;
      const bool answered = request.end && request.end->status == Status::kOk;
      if (request.rows_started > request.arrival.size ||
          (answered && request.rows_started != request.arrival.size)) {
        found.add({.property = "O3",
                   .found = std::to_string(request.rows_started) + " of its " +
                            std::to_string(request.arrival.size) + " rows were in batches",
                   .request = RequestId{id},
                   .queue = request.arrival.queue,
                   .at = request.end ? request.end->at : run.now});
      }
    }
    judge(run, histogram, found);
  }

 private:
  Flow& of(QueueId queue) {
    queues_.resize(std::max<std::size_t>(queues_.size(), raw(queue) + std::size_t{1}));
    return queues_[raw(queue)];
  }

  void judge(const RunRecord& run, const std::map<std::uint64_t, std::uint64_t>& histogram,
             Violations& found) const {
    for (std::uint32_t queue = 0; queue < queues_.size(); ++queue) {
      const Flow& flow = queues_[queue];
      if (flow.batches != flow.pieces || flow.pieces != flow.requests) {
        found.add({.property = "O3",
                   .found = "batches have " + std::to_string(flow.batches) +
                            " rows, their members " + std::to_string(flow.pieces) +
                            ", and requests have " + std::to_string(flow.requests) + " in batches",
                   .queue = QueueId{queue},
                   .at = run.now});
      }
    }
    std::uint64_t starts = 0;
    for (const JournalLine& line : run.lines) {
      starts += !line.is_input && line.decision.kind == DecisionKind::kStart ? 1u : 0u;
    }
    std::uint64_t batches = 0;
    for (const auto& [rows, count] : histogram) {
      batches += count;
    }
    if (batches != starts) {
      found.add({.property = "O3",
                 .found = std::to_string(batches) + " batches by size, " + std::to_string(starts) +
                          " starts",
                 .at = run.now});
    }
  }

  std::vector<Flow> queues_;
};

}  // namespace

Property o3_flow() {
  return {.id = "O3",
          .name = "flow",
          .formula = "by queue: rows of batches = rows of members = rows of requests in batches",
          .source = "verification 3.5 O3",
          .kind = PropertyClass::kIdentity,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            return has_lines(rules) ? "" : kNoLines;
          },
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<RowFlow>();
          }};
}

}  // namespace lockstep
