// A run as its directory keeps it, in memory, for everything that reads runs.
//
// Files of a run directory (all byte for byte the same for the same inputs; no wall clock, no path
// of this machine, no output path):
//   manifest.json       versions, settings, seed, trace identity, digest
//   summary.json        figures of the table, stable keys, times in ns
//   requests.csv        one row per ended request in answer order, then the unanswered by id
//   batches.csv         one row per batch in order of finish
//   journal.csv.zst     every input and decision (traces/journal_csv.h)
//
// requests.csv columns (empty = does not apply):
//   request         ordinal of the arrival, from 0
//   arrival_ns      virtual time of the arrival
//   queue           name
//   size            rows
//   priority, client   as in the trace
//   batch, lane     of its last piece; empty when it never was in a batch
//   due_ns          when that batch could have left had a lane been free
//   dispatched_ns   when that batch was handed to the device of its lane
//   finished_ns     when the request was answered; empty when it never was
//   latency_ns      finished_ns - arrival_ns
//   forming_ns      part of latency_ns: until the batch was due          } the three parts
//   lane_wait_ns    part: due, waiting for a batch thread (lane)         } sum to latency_ns
//   device_ns       part: dispatched to answered (queueing on the GPU included) }
//   status, reason  OK / UNAVAILABLE / ..., answered / queue-full / ...; UNANSWERED,none for the
//   rest
// batches.csv columns:
//   batch, queue, lane, gpu, opened_ns, due_ns, lane_taken_ns (before dispatched_ns only for a
//   batch that filled on its lane), dispatched_ns, device_start_ns, finished_ns, requests (pieces),
//   rows, padded_rows, reason (why it was due), status
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/batch.h"
#include "core/result.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

// The split of one request's latency. Sums exactly: forming + lane_wait + device = latency.
struct LatencyParts {
  SimDuration forming{0};
  SimDuration lane_wait{0};
  SimDuration device{0};
};
[[nodiscard]] LatencyParts split_latency(SimTime arrival, SimTime due, SimTime dispatched,
                                         SimTime finished);

struct RequestRow {
  std::uint64_t request = 0;
  SimTime arrival{};
  std::uint32_t queue = 0;  // index into RunLog::queue_names
  std::uint32_t size = 1;
  std::uint32_t priority = 0;
  std::uint64_t client = 0;
  std::optional<std::uint64_t> batch;  // id; look it up with RunLog::find_batch
  std::uint32_t lane = 0;              // meaningful with batch
  SimTime due{};                       // meaningful with batch
  SimTime dispatched{};                // meaningful with batch
  std::optional<SimTime> finished;     // nullopt: never answered
  Status status = Status::kOk;
  Reason reason = Reason::kNone;
};

struct BatchRow {
  BatchRecord record;
  std::uint32_t gpu = 0;
};

struct RunLog {
  std::string directory;
  // Settings in the server's words and order, e.g. {"max_batch_size", "16"}, {"gpu", "..."}: the
  // flat "settings" object of manifest.json. Look one up with setting().
  std::vector<std::pair<std::string, std::string>> settings;
  std::uint64_t digest = 0;
  std::uint32_t lane_count = 1;
  std::uint32_t gpu_count = 1;
  std::vector<std::string> queue_names;
  std::vector<RequestRow> requests;  // sorted by request
  std::vector<BatchRow> batches;     // sorted by batch id

  [[nodiscard]] const BatchRow* find_batch(std::uint64_t id) const;  // nullptr: no such batch
  [[nodiscard]] std::string setting(std::string_view name) const;    // "" when absent
};

// Reads manifest.json, requests.csv and batches.csv. Errors: missing or damaged files, with
// FILE:LINE:COLUMN for CSV; a log whose parts contradict each other.
[[nodiscard]] Result<RunLog> load_run(const std::string& directory);

}  // namespace lockstep
