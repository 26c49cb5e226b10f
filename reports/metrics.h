// Gathers the figures of one run while it runs: counts, latencies, batches.
//
// A sink for the hot path: a few additions and one histogram bucket per request, no allocation.
// Where quantiles are to be exact every latency is kept instead, most of them in a temporary file:
// memory is constant either way. Latency is from arrival to answer, of answered requests (status
// OK) only. Owner: whoever runs the server; read it after the run.
// Errors: of that file, when the quantiles are asked for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/event_log.h"
#include "core/limits.h"
#include "core/result.h"
#include "reports/busy_time.h"
#include "reports/exact_latencies.h"
#include "reports/latency_histogram.h"

namespace lockstep {

struct MetricsOptions {
  bool exact = false;           // keep every latency (header of exact_latencies.h)
  std::uint32_t gpu_count = 1;  // lane i is on GPU i mod gpu_count
};

struct LatencyQuantile {
  // Nearest rank: the ceil(answered * per_million / 10^6)-th smallest latency; 0 without answers.
  SimDuration of_answered{0};
  // Of all requests, one that was not answered counting as slower than any: nullopt when the
  // quantile falls on such a one, and without requests.
  std::optional<SimDuration> of_all;
};

class RunMetrics final : public EventSink {
 public:
  // Sums beyond 2^63 ns do occur: a thousand million requests of ten seconds each.
  __extension__ using Sum = unsigned __int128;

  // Requires: gpu_count > 0.
  explicit RunMetrics(MetricsOptions options = {}) : options_(options), busy_(options.gpu_count) {}

  void request_ended(const RequestEnd& end) override;
  void requests_ended(const RequestsEnd& ends) override;
  void batch_ended(const BatchRecord& batch) override;
  void request_unanswered(const Request& request) override;

  [[nodiscard]] bool exact() const { return options_.exact; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }  // never in a batch
  [[nodiscard]] std::uint64_t failed() const { return failed_; }    // in a batch, not OK
  [[nodiscard]] std::uint64_t unanswered() const { return unanswered_; }
  [[nodiscard]] std::uint64_t requests() const {
    return answered_ + refused_ + failed_ + unanswered_;
  }
  [[nodiscard]] std::uint64_t ended_by(Reason reason) const {
    return ended_by_.at(static_cast<std::size_t>(reason));
  }

  [[nodiscard]] std::uint64_t batches() const { return batches_; }
  [[nodiscard]] std::uint64_t batches_by(Reason reason) const {
    return batches_by_.at(static_cast<std::size_t>(reason));
  }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t padded_rows() const { return padded_rows_; }
  // Summed over GPUs: how long each had a batch to execute, ns.
  [[nodiscard]] Sum device_busy() const;

  // Sums over the answered requests, in ns. forming + lane_wait + device = latency.
  [[nodiscard]] Sum latency_sum() const { return forming_sum_ + lane_wait_sum_ + device_sum_; }
  [[nodiscard]] Sum forming_sum() const { return forming_sum_; }
  [[nodiscard]] Sum lane_wait_sum() const { return lane_wait_sum_; }
  [[nodiscard]] Sum device_sum() const { return device_sum_; }
  [[nodiscard]] SimDuration latency_max() const { return latency_max_; }

  // From the first arrival that ended to the last end; 0 before anything ended.
  [[nodiscard]] SimDuration span() const;

  // For each of `per_million`, exact or from the histogram (header of latency_histogram.h) but
  // never above latency_max(). One call for all that are wanted: exact ones may need passes over a
  // file. Requires: 0 < per_million <= 10^6.
  [[nodiscard]] Result<std::vector<LatencyQuantile>> quantiles(
      std::span<const std::uint32_t> per_million) const;

 private:
  [[nodiscard]] Result<std::vector<std::int64_t>> at_ranks(
      std::span<const std::uint64_t> ranks) const;

  MetricsOptions options_;
  std::uint64_t answered_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t unanswered_ = 0;
  Sum forming_sum_ = 0;
  Sum lane_wait_sum_ = 0;
  Sum device_sum_ = 0;
  SimDuration latency_max_{0};
  SimTime first_ = kForever;
  SimTime last_{};
  std::array<std::uint64_t, kReasonCount> ended_by_{};
  std::uint64_t batches_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t padded_rows_ = 0;
  std::vector<BusyTime> busy_;  // by GPU
  std::array<std::uint64_t, kReasonCount> batches_by_{};
  LatencyHistogram histogram_;
  mutable ExactLatencies latencies_;  // exact mode; a question may order them
};

}  // namespace lockstep
