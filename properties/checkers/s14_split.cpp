// S14: pieces of a request are non-empty, follow each other without gap or overlap, add up to it,
// and have the sizes that TF 2.6 says; without splitting a request is one piece.
//
// TF 2.6: the piece that fills the open batch, then whole batches, then the rest. A priority-aware
// queue cuts when a batch is formed (TF 2.11), merged low-priority requests, too (TF 2.7): there
// the first piece fills whatever room is left, and may be cut again.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "properties/checkers/judge.h"
#include "properties/checkers/registered_rules.h"
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

class Split final : public Checker {
 public:
  explicit Split(const RunRules& rules) : rules_(rules), registered_(rules) {}

  void after_line(const RunRecord& run, Violations& found) override {
    const JournalLine& line = run.lines.back();
    started_.resize(run.requests.size());
    if (line.is_input && line.input.kind == InputKind::kArrive &&
        raw(line.request) < started_.size()) {
      started_[raw(line.request)].first = first_size(run, line.arrival);
    }
    for (const JournalMember& member : line.members) {
      if (run.request(member.request) != nullptr) {
        piece(run, line.decision.batch, member, found);
      }
    }
  }

  void at_end(const RunRecord& run, Violations& found) override {
    started_.resize(run.requests.size());
    for (std::size_t i = 0; !run.rules.parts.lines && i < run.batches.size(); ++i) {
      for (const RecordedPiece& part : run.batches[i].pieces) {
        if (run.request(part.request) != nullptr) {
          piece(run, run.batches[i].id,
                {.request = part.request, .first_row = part.first_row, .rows = part.rows}, found);
        }
      }
    }
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (request.end && request.end->status == Status::kOk &&
          started_[id].rows != request.arrival.size) {
        found.add(broken("S14", run,
                         "answered with " + std::to_string(started_[id].rows) + " of " +
                             std::to_string(request.arrival.size) + " rows dispatched",
                         {.request = RequestId{id}, .at = request.end->at}));
      }
    }
  }

 private:
  struct Started {
    std::uint64_t rows = 0;
    std::uint64_t pieces = 0;
    std::optional<std::int64_t> first{};  // size of the first piece, where it is known
  };

  // Of a request that comes now: what the open batch has left decides it (TF 2.6).
  [[nodiscard]] std::optional<std::int64_t> first_size(const RunRecord& run,
                                                       const Arrival& arrival) const {
    const RegisteredQueue& queue = registered_.of(arrival.queue);
    if (!queue.splits || queue.priority_aware || registered_.retries ||
        queue.batches_max > kBatchesCountable ||
        registered_.is_low(arrival.queue, arrival.priority) || run.counters_before.empty() ||
        run.counters_before.back().line != run.lines.size() - 1) {
      return std::nullopt;
    }
    const QueueCounters& before = run.counters_before.back().counters;
    const auto batches = static_cast<std::int64_t>(before.enqueued_batches);
    const std::int64_t room = before.capacity_rows - (queue.batches_max - batches) * queue.rows_max;
    const std::int64_t size = arrival.size;
    return size <= room ? size : std::min(size, room > 0 ? room : queue.rows_max);
  }

  // May a piece that is neither the first nor the last be of any size?
  [[nodiscard]] bool cut_again(const Arrival& arrival) const {
    const RegisteredQueue& queue = registered_.of(arrival.queue);
    return (queue.priority_aware && rules_.flag(arrival.queue, "enable_task_resplit")) ||
           (queue.merges() && registered_.is_low(arrival.queue, arrival.priority));
  }

  void piece(const RunRecord& run, BatchId batch, const JournalMember& member, Violations& found) {
    const Arrival& arrival = run.request(member.request)->arrival;
    Started& started = started_[raw(member.request)];
    const auto wrong = [&](std::string text) {
      found.add(broken("S14", run, std::move(text),
                       {.request = member.request, .batch = batch, .queue = arrival.queue}));
    };
    const std::uint64_t end = std::uint64_t{member.first_row} + member.rows;
    if (member.first_row != started.rows) {
      wrong("a piece begins at row " + std::to_string(member.first_row) +
            ", the last one ended at " + std::to_string(started.rows));
    } else if (end > arrival.size) {
      wrong("a piece ends at row " + std::to_string(end) + " of " + std::to_string(arrival.size));
    } else if (member.rows == 0 && (arrival.size > 0 || started.pieces > 0)) {
      wrong("an empty piece");
    } else if (registered_.kind != SchedulerKind::kOther) {
      sizes(arrival, member, started, wrong);
    }
    started.rows = end;
    ++started.pieces;
  }

  template <typename Wrong>
  void sizes(const Arrival& arrival, const JournalMember& member, const Started& started,
             const Wrong& wrong) {
    const RegisteredQueue& queue = registered_.of(arrival.queue);
    const std::int64_t rows = member.rows;
    const bool last = std::uint64_t{member.first_row} + member.rows == arrival.size;
    if (!queue.splits) {
      if (rows != arrival.size) {
        wrong(std::to_string(rows) + " of " + std::to_string(arrival.size) +
              " rows in a batch, and splitting is off");
      }
    } else if (started.pieces == 0 && started.first && rows != *started.first) {
      wrong("a first piece of " + std::to_string(rows) + " rows, the open batch had room for " +
            std::to_string(*started.first));
    } else if (started.pieces > 0 && !last && !cut_again(arrival) && rows != queue.rows_max) {
      wrong("a middle piece of " + std::to_string(rows) + " rows, a batch has " +
            std::to_string(queue.rows_max));
    }
  }

  RunRules rules_;
  RegisteredRules registered_;
  std::vector<Started> started_;  // by request
};

}  // namespace

Property s14_split() {
  return {.id = "S14",
          .name = "pieces-add-up",
          .formula =
              "pieces are non-empty, contiguous, in order, sum = size(r); cut as TF 2.6 "
              "says; one piece without splitting",
          .source = "verification 3.1 S14; TF 2.6, 2.7, 2.11; core/request.h",
          .kind = PropertyClass::kSafety,
          .star = true,
          .not_checked = needs_batches,
          .make = make_checker<Split>};
}

}  // namespace lockstep
