// Reads the files of a run directory, strictly: every field, and what they say about each other.
//
// In two steps, so that whoever reads a run larger than memory can hold what it needs of each
// request: the head (manifest and batches), then the requests one by one. load_run() (run_log.h)
// and load_run_table() (run_table.h) are made of these. Errors: missing or damaged files, with
// FILE:LINE:COLUMN for CSV; a log whose parts contradict each other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/result.h"
#include "traces/manifest.h"
#include "traces/run_log.h"

namespace lockstep {

struct RunHead {
  Manifest manifest;
  RunLog run;  // all but the requests
};

// manifest.json and batches.csv.
[[nodiscard]] Result<RunHead> read_run_head(const std::string& directory);

// Calls `visit` for each row of requests.csv, in the order of the file: by answer, then the
// unanswered. Stops at the first error, for whose row `visit` is not called.
[[nodiscard]] Result<void> read_request_rows(const RunLog& run,
                                             const std::function<void(const RequestRow&)>& visit);

// One request in the order of their numbers, which must be 0, 1, 2, ... in the order of arrival.
struct RequestStep {
  std::uint64_t request = 0;
  std::uint64_t expected = 0;
  std::uint64_t last = 0;  // the largest number of the run
  SimTime arrival{};
  SimTime arrival_before{};  // of the request before, or 0
};
[[nodiscard]] Result<void> require_in_order(const RunLog& run, const RequestStep& step);

}  // namespace lockstep
