// Why a request took as long as it did: its latency in spans, each with what it waited for.
//
// Reads a log alone. The spans are those of the latency ledger (ledger.h), with what held the lane
// or the GPU meanwhile: in order of time, none empty, and they sum to the latency to the
// nanosecond. A request whose pieces were in several batches is explained by the last one, as
// requests.csv has it. What would have been faster is not guessed here: cli/what_if.h runs it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "reports/batch_stages.h"
#include "reports/ledger.h"
#include "traces/run_log.h"

namespace lockstep {

struct WaitSpan {
  LatencyCause cause = LatencyCause::kForming;
  SimTime from{};
  SimTime to{};
  // Batches that held the lane or the GPU in that time, in order of time.
  std::vector<std::uint64_t> blockers{};
  SimDuration blocked{0};  // of the span: while one of them held it

  [[nodiscard]] SimDuration length() const { return to - from; }
};

struct RequestExplanation {
  const RequestRow* request = nullptr;  // of the log, which outlives this
  const BatchRow* batch = nullptr;      // nullptr: it never was in one, or that did not end
  std::vector<std::uint64_t> members;   // of the batch, by arrival
  std::vector<WaitSpan> spans;          // until its answer; without one: until its dispatch
  std::size_t waiting_before = 0;       // others of its queue that waited when it arrived
  std::size_t answered = 0;             // requests of the run
  std::size_t faster = 0;               // of them, those of a shorter latency than this one's
};

// `stages`: of the batches of `run` (batch_stages.h), which outlives the result. Errors: a request
// that the run does not have; the message says which it has.
[[nodiscard]] Result<RequestExplanation> explain_request(const RunLog& run,
                                                         std::span<const StageSpans> stages,
                                                         std::uint64_t request);

// The member of a batch that waited longest (of several: the first). Errors: no such batch; one of
// which no request is known, because all have a later piece in another.
[[nodiscard]] Result<std::uint64_t> slowest_of_batch(const RunLog& run, std::uint64_t batch);

// The `count` answered requests with the highest latencies, the slowest first; equal ones by their
// ordinal. Fewer where fewer were answered.
[[nodiscard]] std::vector<std::uint64_t> slowest_requests(const RunLog& run, std::size_t count);

// One sentence, then a line for each span with its exact time. Lines end with LF.
[[nodiscard]] std::string explanation_text(const RequestExplanation& explanation,
                                           const RunLog& run);

// The same of a batch: when it was opened, why it was due, what it waited for. Requires: `batch` is
// of `run`.
[[nodiscard]] std::string batch_text(const RunLog& run, std::span<const StageSpans> stages,
                                     const BatchRow& batch);

}  // namespace lockstep
