// What a timing diagram shows of one run: facts in virtual time, before any geometry.
//
// Collected once from a RunLog and a window; the drawn layout and the text form both read it.
// Combs are ordered by their first arrival, members by (arrival, id), boxes by batch id.
// Pointers point into the RunLog, which must outlive the content.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/status.h"
#include "core/time.h"
#include "reports/diagram_violation.h"
#include "reports/diagram_window.h"
#include "reports/run_events.h"
#include "traces/run_log.h"

namespace lockstep {

// Requests of one queue that waited together: the members of a batch, or, without a batch, those
// whose wait ended at one instant (`dispatched`) for one reason (cancelled, expired, ...), or
// never.
struct Comb {
  std::optional<std::uint64_t> batch;
  Reason reason = Reason::kNone;  // why the batch was due; without a batch why they ended
  Status status = Status::kOk;    // of the batch; without a batch of its requests
  std::uint32_t rows = 0;         // of the whole batch, drawn members or not
  SimTime opened{};
  SimTime due{};
  SimTime dispatched = kForever;
  std::vector<const RequestRow*> members;
};

struct QueueBand {
  std::string name;
  std::vector<Comb> combs;
  std::vector<const RequestRow*> refused;  // answered at their arrival, never in a batch
};

// A batch on its lane. Times: lane_taken <= dispatched <= device_start <= finished (kForever: still
// there). Between the first two it fills on its lane; most batches do not.
struct LaneBox {
  std::uint64_t batch = 0;
  std::uint32_t lane = 0;
  std::uint32_t gpu = 0;
  std::uint32_t rows = 0;
  std::uint32_t padded_rows = 0;
  Reason reason = Reason::kNone;
  SimTime lane_taken{};
  SimTime dispatched{};
  SimTime device_start{};
  SimTime finished = kForever;
  SimTime answered_last = kForever;  // later than `finished` where answers were held back
  Status status = Status::kOk;
  bool expired = false;  // it was executed, and requests of it expired meanwhile
  std::optional<StageRow> stages = std::nullopt;  // within [dispatched, finished]
  bool drawn = true;                              // false: its requests are outside of the picture
};

// How a request stopped waiting. `at` is where its bar ends; from there until `gone` it still took
// a place, as a cancelled request does that its scheduler has not found yet.
struct WaitEnd {
  enum class Kind : std::uint8_t { kOther, kCancelled, kExpired };
  Kind kind = Kind::kOther;
  SimTime at{};
  SimTime gone{};
};

// What is known of one batch, in words: columns of a heading and lines.
struct BatchCard {
  struct Column {
    std::string heading;
    std::vector<std::string> lines;
  };
  std::uint64_t batch = 0;
  std::vector<Column> columns;
};

struct WaitingStep {
  SimTime at{};
  std::uint32_t count = 0;  // requests waiting from `at` on
};

struct DiagramContent {
  SimTime from{};
  SimTime to{};
  std::string title;
  std::string subtitle;
  std::vector<QueueBand> queues;  // at most 6, the busiest
  std::size_t hidden_queues = 0;
  std::size_t hidden_requests = 0;  // of the window, in hidden queues
  std::uint32_t lane_count = 1;
  std::uint32_t gpu_count = 1;
  std::vector<LaneBox> boxes;
  std::vector<WaitingStep> waiting;  // the first at `from`
  std::uint32_t waiting_max = 0;
  const RequestRow* slowest = nullptr;  // of the drawn ones that a batch answered
  // max_batch_size, with splitting max_execution_batch_size, else the largest batch of the run.
  std::uint32_t batch_rows_max = 1;
  SimDuration batch_timeout{0};  // 0: none
  std::size_t request_count = 0;
  std::size_t earlier_not_drawn = 0;
  std::vector<LaneFault> faults;             // that reach into the window
  std::map<std::uint64_t, SimTime> cancels;  // of drawn requests
  std::vector<DiagramViolation> violations;  // that reach into the window
  std::size_t violations_outside = 0;
  std::optional<BatchCard> card;
};

// `events`: what the run's directory says beside its rows; may be nullptr.
[[nodiscard]] DiagramContent collect_content(const RunLog& run, const DiagramWindow& window,
                                             const RunEvents* events = nullptr);

// Marks those that reach into the window, and counts the others.
void mark_violations(std::span<const DiagramViolation> violations, DiagramContent& content);

// Requires: `row` is drawn.
[[nodiscard]] WaitEnd wait_end(const DiagramContent& content, const RequestRow& row);

// Ids of the requests that have a mark, in the drawn queues.
[[nodiscard]] std::set<std::uint64_t> drawn_requests(const DiagramContent& content);

// "2 more queues with 9 requests are not drawn"; "" when none is hidden.
[[nodiscard]] std::string hidden_queues_text(const DiagramContent& content);

// "B4 full 8/8"; without a batch "cancelled", "expired", "never dispatched".
[[nodiscard]] std::string comb_label(const Comb& comb, std::uint32_t batch_rows_max);

// "failed: RESOURCE_EXHAUSTED"; "" of a batch that did not fail. Without a batch the status alone.
[[nodiscard]] std::string failure_label(const Comb& comb);

}  // namespace lockstep
