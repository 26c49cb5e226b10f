// O1: Little's law on the path of one run, exact: the integral of the number present over time is
// the sum of the times that each was present.
//
// For the whole system, for those who wait, for the batches on lanes, for each queue and for each
// priority. The left side counts the lines, one up and one down; the right side takes the times
// that requests and batches carry, ends as their clients heard them. Who has not ended counts to
// the newest line. So time that was lost, counted twice or stamped wrongly shows, to the
// nanosecond.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "properties/checkers/domain.h"
#include "properties/checkers/identities.h"

namespace lockstep {
namespace {

__extension__ using Wide = __int128;  // sums of nanoseconds over all requests

std::string decimal(Wide value) {
  std::string digits;
  const bool negative = value < 0;
  Wide rest = negative ? -value : value;
  do {
    digits.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  } while (rest > 0);
  digits += negative ? "-" : "";
  std::reverse(digits.begin(), digits.end());
  return digits;
}

// One population: both sides of its identity.
struct Population {
  std::int64_t present = 0;
  SimTime since{};
  Wide integral = 0;
  Wide sojourns = 0;

  void change(SimTime now, std::int64_t by) {
    integral += static_cast<Wide>(present) * ns_of(now - since);
    since = now;
    present += by;
  }
};

class Little final : public Checker {
 public:
  void at_end(const RunRecord& run, Violations& found) override {
    if (run.lines.empty()) {
      return;
    }
    start_ = run.lines.front().input.now;
    requests_.assign(run.requests.size(), Progress{});
    for (const JournalLine& line : run.lines) {
      now_ = line.is_input ? line.input.now : now_;
      count(run, line);
    }
    add_sojourns(run);
    judge(run, system_, "the system", found);
    judge(run, waiting_, "those who wait", found);
    judge(run, lanes_, "batches on lanes", found);
    for (std::size_t queue = 0; queue < queues_.size(); ++queue) {
      judge(run, queues_[queue], "queue " + std::to_string(queue), found);
    }
    for (std::size_t priority = 0; priority < priorities_.size(); ++priority) {
      judge(run, priorities_[priority], "priority " + std::to_string(priority), found);
    }
  }

 private:
  struct Progress {
    std::uint32_t rows_started = 0;
    std::uint32_t rows_done = 0;
    bool present = false;
    bool waits = false;
    SimTime joined{};  // its last piece
  };

  Population& of(std::vector<Population>& populations, std::size_t index) const {
    while (populations.size() <= index) {
      populations.push_back({.since = start_});
    }
    return populations[index];
  }

  void move(const RunRecord& run, std::uint64_t id, SimTime at, std::int64_t by) {
    const Arrival& arrival = run.requests[id].arrival;
    system_.change(at, by);
    of(queues_, raw(arrival.queue)).change(at, by);
    of(priorities_, arrival.priority).change(at, by);
  }
  void leave(const RunRecord& run, std::uint64_t id, SimTime at) {
    Progress& request = requests_[id];
    if (std::exchange(request.present, false)) {
      move(run, id, at, -1);
    }
    if (std::exchange(request.waits, false)) {
      waiting_.change(at, -1);
    }
  }

  void count(const RunRecord& run, const JournalLine& line) {
    if (line.is_input) {
      if (line.input.kind == InputKind::kBatchDone) {
        lanes_.change(now_, -1);
      } else if (line.input.kind == InputKind::kArrive && raw(line.request) < requests_.size()) {
        Progress& request = requests_[raw(line.request)];
        request.present = true;
        request.waits = true;
        move(run, raw(line.request), now_, 1);
        waiting_.change(now_, 1);
      }
      return;
    }
    switch (line.decision.kind) {
      case DecisionKind::kStart:
        lanes_.change(now_, 1);
        join(run, line);
        break;
      case DecisionKind::kAdd:
        join(run, line);
        break;
      case DecisionKind::kFinish:
        if (raw(line.request) < requests_.size()) {
          leave(run, raw(line.request), now_);
        }
        break;
      case DecisionKind::kFinishBatch:
        finish(run, line.decision.batch);
        break;
      case DecisionKind::kSeal:
      case DecisionKind::kWake:
        break;
    }
  }

  void join(const RunRecord& run, const JournalLine& line) {
    for (const JournalMember& member : line.members) {
      if (raw(member.request) >= requests_.size()) {
        continue;
      }
      Progress& request = requests_[raw(member.request)];
      request.rows_started += member.rows;
      request.joined = now_;
      if (request.rows_started >= run.requests[raw(member.request)].arrival.size &&
          std::exchange(request.waits, false)) {
        waiting_.change(now_, -1);
      }
    }
  }

  // The server joins the pieces of a request: the last one answers (TF 2.6).
  void finish(const RunRecord& run, BatchId id) {
    const RecordedBatch* batch = run.batch(id);
    if (batch == nullptr) {
      return;
    }
    for (const RecordedPiece& piece : batch->pieces) {
      const std::uint64_t request = raw(piece.request);
      if (request < requests_.size()) {
        requests_[request].rows_done += piece.rows;
        if (requests_[request].rows_done >= run.requests[request].arrival.size) {
          leave(run, request, now_);
        }
      }
    }
  }

  void add_sojourns(const RunRecord& run) {
    for (std::uint64_t id = 0; id < run.requests.size(); ++id) {
      const RecordedRequest& request = run.requests[id];
      if (request.line == kNoLine) {
        continue;  // its scheduler never heard of it
      }
      const SimTime ended = request.end ? request.end->at : run.now;
      if (request.end && request.end->reason == Reason::kNoLane) {
        leave(run, id, ended);  // the server's own doing (core/scheduler.h, rule 9)
      }
      const Wide sojourn = ns_of(ended - request.arrival.time);
      system_.sojourns += sojourn;
      of(queues_, raw(request.arrival.queue)).sojourns += sojourn;
      of(priorities_, request.arrival.priority).sojourns += sojourn;
      const bool all_started =
          request.piece_count > 0 && request.rows_started >= request.arrival.size;
      waiting_.sojourns += ns_of((all_started ? last_joined(run, RequestId{id}, request) : ended) -
                                 request.arrival.time);
    }
    for (const RecordedBatch& batch : run.batches) {
      lanes_.sojourns += ns_of(batch.done.value_or(run.now) - batch.started);
    }
  }

  static SimTime last_joined(const RunRecord& run, RequestId id, const RecordedRequest& request) {
    const RecordedBatch* batch = run.batch(*request.last_batch);
    for (std::size_t i = batch == nullptr ? 0 : batch->pieces.size(); i > 0; --i) {
      if (batch->pieces[i - 1].request == id) {
        return batch->pieces[i - 1].joined;
      }
    }
    return run.now;
  }

  static void judge(const RunRecord& run, Population population, const std::string& whom,
                    Violations& found) {
    population.change(run.now, 0);
    if (population.integral != population.sojourns) {
      found.add({.property = "O1",
                 .found = whom + ": the integral of the number present is " +
                          decimal(population.integral) + " ns, the sum of the times present " +
                          decimal(population.sojourns) + " ns",
                 .at = run.now,
                 .line = run.lines.size() - 1});
    }
  }

  SimTime start_{};
  SimTime now_{};
  std::vector<Progress> requests_;
  Population system_;
  Population waiting_;
  Population lanes_;
  std::vector<Population> queues_;
  std::vector<Population> priorities_;
};

}  // namespace

Property o1_little() {
  return {.id = "O1",
          .name = "little",
          .formula =
              "integral of N(t) = sum of (end - arrival): system, waiting, lanes, queues, "
              "priorities",
          .source = "verification 3.5 O1",
          .kind = PropertyClass::kIdentity,
          .not_checked = [](const RunRules& rules) -> std::string_view {
            return has_lines(rules) ? "" : kNoLines;
          },
          .make = [](const RunRules&) -> std::unique_ptr<Checker> {
            return std::make_unique<Little>();
          }};
}

}  // namespace lockstep
