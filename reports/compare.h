// Two runs of the same requests, side by side: which batches are the same, where they part, what
// each request's latency became.
//
// Requests are paired by their ordinal. Reads logs alone, so a simulated run, one on a device and
// one of another server compare alike; whether that judges a prediction is for the reader
// (compare_text.h). Integers throughout: the same logs give the same figures everywhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "reports/confidence.h"
#include "traces/run_log.h"

namespace lockstep {

inline constexpr std::array<std::string_view, 4> kComparedFigures = {"mean", "p50", "p90", "p99"};

// By nearest rank, in ns, in the order of kComparedFigures. Of latencies: of all requests, and
// nullopt where one stands that was never answered, for the mean if any was not.
using ComparedFigures = std::array<std::optional<std::int64_t>, kComparedFigures.size()>;

struct ComparedRun {
  std::string directory;
  std::uint64_t digest = 0;
  std::size_t batches = 0;
  std::size_t answered = 0;
  ComparedFigures latency;
  // Means over the requests that both runs answered from a batch.
  LatencyParts parts;
};

// Where the two lists of batches, in the order of their dispatch, differ first. An end of a list is
// no batch.
struct Divergence {
  std::size_t position = 0;
  struct Side {
    BatchRow batch;
    std::vector<std::uint64_t> requests;  // whose last rows are in it, rising
  };
  std::optional<Side> a;
  std::optional<Side> b;
};

struct RowsShare {
  std::uint32_t rows = 0;  // of a batch, without padding
  std::size_t in_a = 0;    // batches
  std::size_t in_b = 0;
};

struct RunComparison {
  ComparedRun a;
  ComparedRun b;
  std::size_t requests = 0;
  std::size_t paired = 0;           // answered in both
  SimDuration arrival_apart{0};     // the most that a request's arrivals are apart
  std::size_t identical = 0;        // batches of the same queue, requests and rows in both
  std::optional<Divergence> first;  // nullopt: the same batches in the same order
  ComparedFigures difference;       // of B - A, request by request, of those paired
  // Of its mean, by batch means in the order of the requests: the same requests under both settings
  // are common random numbers, which is why this is narrower than a difference of two means.
  MeanInterval mean_difference;
  std::size_t faster = 0;  // of those paired, in B
  std::size_t slower = 0;
  std::vector<RowsShare> by_rows;     // rising
  std::uint32_t total_variation = 0;  // of by_rows, per million

  // Of the longer list of batches, per million.
  [[nodiscard]] std::uint32_t identical_share() const;
};

// `part` of `whole`, per million, rounded down; of nothing 0.
[[nodiscard]] std::uint32_t per_million(std::size_t part, std::size_t whole);

// Total variation distance of the rows of both sides' batches, per million: half the sum of the
// differences of their shares. Of no batches at all 0, of none on one side 10^6.
[[nodiscard]] std::uint32_t total_variation(std::span<const RowsShare> by_rows);

// Errors: runs of other requests: another number, a request of another size or queue.
[[nodiscard]] Result<RunComparison> compare_runs(const RunLog& a, const RunLog& b);

}  // namespace lockstep
