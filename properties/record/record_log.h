// A recorded run as the reports read runs, for the diagram of a counterexample, and back, for logs
// that have no journal.
#pragma once

#include "properties/record/run_record.h"
#include "traces/run_log.h"

namespace lockstep {

// What a server that was right said of `batch` when it was done. Requires: it is sealed and done.
[[nodiscard]] BatchRecord batch_record_of(const RecordedBatch& batch);

// Batches that never ended are left out, and requests that are in one are shown as unanswered.
// Queues are "q0", "q1", ...; settings are those that the rules know.
[[nodiscard]] RunLog run_log_of(const RunRecord& record);

// What a log without lines says, under `rules`, whose parts say what it has. Each request is one
// piece of its batch.
[[nodiscard]] RunRecord record_of(const RunLog& log, RunRules rules);

}  // namespace lockstep
