// What a timing diagram shows of one run: facts in virtual time, before any geometry.
//
// Collected once from a RunLog and a window; the drawn layout and the text form both read it.
// Combs are ordered by their first arrival, members by (arrival, id), boxes by batch id.
// Pointers point into the RunLog, which must outlive the content.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/status.h"
#include "core/time.h"
#include "reports/diagram_window.h"
#include "traces/run_log.h"

namespace lockstep {

// Requests of one queue that waited together: the members of a batch, or, without a batch, those
// that no batch took.
struct Comb {
  std::optional<std::uint64_t> batch;
  Reason reason = Reason::kNone;
  Status status = Status::kOk;  // of the batch
  std::uint32_t rows = 0;       // of the whole batch, drawn members or not
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
  bool drawn = true;  // false: its requests are outside of the picture
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
};

[[nodiscard]] DiagramContent collect_content(const RunLog& run, const DiagramWindow& window);

// Ids of the requests that have a mark, in the drawn queues.
[[nodiscard]] std::set<std::uint64_t> drawn_requests(const DiagramContent& content);

// "2 more queues with 9 requests are not drawn"; "" when none is hidden.
[[nodiscard]] std::string hidden_queues_text(const DiagramContent& content);

// "B4 full 8/8"; "never dispatched" without a batch.
[[nodiscard]] std::string comb_label(const Comb& comb, std::uint32_t batch_rows_max);

// "failed: RESOURCE_EXHAUSTED"; "" of a batch that did not fail.
[[nodiscard]] std::string failure_label(const Comb& comb);

}  // namespace lockstep
