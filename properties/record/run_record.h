// A run as the checkers see it: every input and decision in order, and what became of each request,
// batch and lane. The hinge of the property suites: simulated, live and foreign runs all become
// one.
//
// Two witnesses are kept apart, so that the server is judged too: what the scheduler decided
// (lines, pieces, starts) and what the outside heard (ends, reports of batches, totals). Ids index
// the vectors: request 7 is requests[7], batch 3 is batches[3]; a line never names another, but for
// kUnknownRequest. Numbers are integers throughout. Memory: the run's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/ids.h"
#include "core/journal.h"
#include "core/request.h"
#include "core/scheduler.h"
#include "core/server.h"
#include "core/status.h"
#include "core/time.h"
#include "properties/record/run_rules.h"

namespace lockstep {

// No such line: the run has none, or it never came.
inline constexpr std::size_t kNoLine = std::numeric_limits<std::size_t>::max();
// Whom a decision named whose slot no live request has.
inline constexpr RequestId kUnknownRequest{std::numeric_limits<std::uint64_t>::max()};

// How a request ended, as its client heard it.
struct RecordedEnd {
  SimTime at{};
  Status status = Status::kOk;
  Reason reason = Reason::kNone;
  std::optional<BatchId> batch{};  // the one that ended it; nullopt: by itself
  std::size_t line = kNoLine;      // the newest line when it was heard
};

struct RecordedRequest {
  Arrival arrival{};
  std::size_t line = kNoLine;          // of its arrival
  std::optional<SimTime> cancelled{};  // its client asked for that
  std::size_t cancel_line = kNoLine;
  std::uint32_t rows_started = 0;  // in started batches
  std::uint32_t piece_count = 0;
  std::optional<BatchId> first_batch{};
  std::optional<BatchId> last_batch{};
  std::optional<RecordedEnd> end{};  // the first
  std::uint32_t end_count = 0;       // 1 in a right run
  bool unanswered = false;           // the run ended, and it had not
};

struct RecordedPiece {
  RequestId request{0};
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  bool padding = false;
  SimTime joined{};  // when its batch was started, or it was added
};

struct RecordedBatch {
  BatchId id{0};
  QueueId queue{0};
  LaneId lane{0};
  SimTime opened{};
  SimTime due{};      // unsealed: of the seal
  SimTime started{};  // the lane is taken
  std::optional<SimTime> sealed{};
  std::optional<SimTime> done{};
  SimDuration device_time{0};
  Reason reason = Reason::kNone;  // of the seal when it was started unsealed
  Status status = Status::kOk;    // how its execution ended
  std::uint64_t rows = 0;
  std::uint32_t padded_rows = 0;  // as the decision says; 0: as many as the pieces have
  std::vector<RecordedPiece> pieces{};
  bool answered = false;  // the scheduler finished it
  std::size_t start_line = kNoLine;
  std::size_t seal_line = kNoLine;
  std::size_t done_line = kNoLine;
  std::optional<BatchRecord> reported{};  // what the server told of it when it was done
};

struct RecordedLane {
  std::optional<BatchId> running{};
  Status down = Status::kOk;  // kOk: up
};

// What the scheduler reported of a queue after a line, or before it.
struct RecordedCounters {
  std::size_t line = 0;
  QueueId queue{0};
  QueueCounters counters{};
};

struct RunRecord {
  RunRules rules{};
  std::vector<JournalLine> lines{};  // digests are those of the journal, 0 where there is none
  std::vector<RecordedRequest> requests{};
  std::vector<RecordedBatch> batches{};
  std::vector<RecordedLane> lanes{};                // as they are after the newest line
  std::vector<RecordedCounters> counters{};         // after the decisions of an input
  std::vector<RecordedCounters> counters_before{};  // of an arrival's queue, just before it
  std::vector<bool> closed{};                       // by queue
  SimTime now{};                                    // of the newest line
  SimTime wake = kForever;                          // the wake-up that the scheduler asked for
  std::size_t inputs_now = 0;                       // inputs at that instant so far
  std::uint64_t digest = 0;                         // of the server, at the end
  std::optional<ServerTotals> totals{};             // its counts; nullopt: no server was watched
  // Not empty: a check of the server failed, and the run stopped there (core/scheduler.h, rules).
  std::string broken_rule{};

  // nullptr when a log names one that never came.
  [[nodiscard]] const RecordedRequest* request(RequestId id) const {
    return raw(id) < requests.size() ? &requests[raw(id)] : nullptr;
  }
  [[nodiscard]] const RecordedBatch* batch(BatchId id) const {
    return raw(id) < batches.size() ? &batches[raw(id)] : nullptr;
  }
};

}  // namespace lockstep
