// A run with its requests in 48 bytes each, for reports on runs that a RunLog would not fit.
//
// What a request shares with its batch (lane, due, dispatched) is looked up there. Same files, same
// checks and same errors as load_run(). Memory: 48 bytes a request, about 100 a batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "traces/manifest.h"
#include "traces/run_log.h"

namespace lockstep {

struct RequestRecord {
  static constexpr std::uint32_t kNoBatch = UINT32_MAX;

  std::uint64_t request = 0;
  SimTime arrival{};
  SimTime finished = kForever;  // kForever: never answered
  std::uint64_t client = 0;
  std::uint32_t batch = kNoBatch;  // index into RunLog::batches
  std::uint32_t queue = 0;         // index into RunLog::queue_names
  std::uint32_t size = 1;
  std::uint8_t priority = 0;
  Status status = Status::kOk;
  Reason reason = Reason::kNone;

  [[nodiscard]] bool has_batch() const { return batch != kNoBatch; }
  [[nodiscard]] bool has_ended() const { return finished != kForever; }
  // Requires: has_ended().
  [[nodiscard]] SimDuration latency() const { return finished - arrival; }
  // A batch gave it an answer that is OK: what latencies are about.
  [[nodiscard]] bool is_answered() const {
    return has_ended() && has_batch() && status == Status::kOk;
  }
};
static_assert(sizeof(RequestRecord) == 48, "ten million of them should fit a small machine");

struct RunTable {
  Manifest manifest;
  RunLog run;                           // all but the requests
  std::vector<RequestRecord> requests;  // by number: 0, 1, 2, ...

  // nullptr: it was in no batch.
  [[nodiscard]] const BatchRow* batch_of(const RequestRecord& request) const {
    return request.has_batch() ? &run.batches[request.batch] : nullptr;
  }
  // As RunLog has it.
  [[nodiscard]] RequestRow row(const RequestRecord& request) const;
};

[[nodiscard]] Result<RunTable> load_run_table(const std::string& directory);

// The same of a run in memory. Requires: what load_run() checks.
[[nodiscard]] RunTable table_of(RunLog run, Manifest manifest);

}  // namespace lockstep
