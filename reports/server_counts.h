// What a model server's own statistics would say of a run: counts and summed times, by model.
//
// A model is a queue of the run. The rules are Triton's (extension_statistics.md): success, fail
// and the phases of a request are summed over requests, so a batch's compute counts once for each
// request in it; executions and batch_stats count batches. The phases of a request sum to its
// latency: queue is all that is neither copy nor compute. A request of several batches counts with
// its last one. Integers; sums in ns.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/status.h"
#include "reports/batch_stages.h"
#include "traces/run_log.h"

namespace lockstep {

struct CountAndTime {
  std::uint64_t count = 0;
  std::uint64_t ns = 0;

  void add(SimDuration time) {
    ++count;
    ns += static_cast<std::uint64_t>(time.count());
  }
};

// Why requests failed, in Triton's words.
enum class FailureReason : std::uint8_t { kRejected, kCanceled, kBackend, kOther };
inline constexpr std::array<std::string_view, 4> kFailureReasons = {"REJECTED", "CANCELED",
                                                                    "BACKEND", "OTHER"};

// Batches that executed so many rows, padding included.
struct SizeCounts {
  std::uint32_t batch_size = 0;
  CountAndTime compute_input{};
  CountAndTime compute_infer{};
  CountAndTime compute_output{};
};

struct ModelCounts {
  std::string name;
  CountAndTime success{};
  CountAndTime fail{};
  CountAndTime queue{};  // this and the next three: of the successful ones
  CountAndTime compute_input{};
  CountAndTime compute_infer{};
  CountAndTime compute_output{};
  std::array<std::uint64_t, kStatusCount> by_status{};
  std::array<std::uint64_t, kFailureReasons.size()> by_failure{};
  std::uint64_t pending = 0;          // never answered
  std::uint64_t inference_count = 0;  // rows of successful requests
  std::uint64_t execution_count = 0;  // batches that executed rows and did not fail
  SimTime last_inference{};           // the last successful answer
  std::vector<SizeCounts> by_size{};  // rising
};

// One for each queue, in their order. `stages`: of the batches of `run`.
[[nodiscard]] std::vector<ModelCounts> server_counts(const RunLog& run,
                                                     std::span<const StageSpans> stages);

// What lies outside of the server, of the setting `overhead`; 0 without.
[[nodiscard]] SimDuration overhead_of(const RunLog& run);

// Until a request's batch, its last, was handed to its lane; until its end without one.
[[nodiscard]] SimDuration queuing_time(const RequestRow& row);

}  // namespace lockstep
