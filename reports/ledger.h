// The latency ledger: every nanosecond between a request's arrival and its answer is owned by
// exactly one cause, so that the causes of a request sum to its latency.
//
// In the order in which a request meets them (names: cause_name()):
//   held-back     its last batch was not opened yet: behind others in its queue, or held by the
//                 server (retries, priorities, pieces of a split request)
//   forming       the batch was open and not due
//   lane-wait     due; no lane (batch thread) took it
//   lane-filling  on its lane, and not sealed: a batch that fills there goes on taking requests
//   gpu-wait      handed to the device, which works on other batches
//   copy-in, compute, copy-out   the stages, where a run says how long copies take
//   device        in their place where it does not: the device works on the batch
//   after-batch   its batch was done and the answer was not given
//   no-batch      all of it, of a request that ended in no batch (refused, evicted, cancelled)
// Of a request that was split, the batch is that of its last piece. held-back + forming + lane-wait
// + lane-filling are the forming_ns + lane_wait_ns of requests.csv, the rest of a batch's request
// is its device_ns. The three stages stand as batches.csv has them: waits between stages count as
// gpu-wait, in front. Integers only. Source of the rule: ours; times as in traces/run_log.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.h"
#include "traces/run_log.h"

namespace lockstep {

enum class LatencyCause : std::uint8_t {
  kHeldBack,
  kForming,
  kLaneWait,
  kLaneFilling,
  kGpuWait,
  kCopyIn,
  kCompute,
  kCopyOut,
  kDevice,
  kAfterBatch,
  kNoBatch,
};
inline constexpr std::size_t kLatencyCauseCount = 11;

// "forming", "lane-wait": lower case, stable, for files.
[[nodiscard]] std::string_view cause_name(LatencyCause cause);
// "waiting for the batch to be due": for readers.
[[nodiscard]] std::string_view cause_text(LatencyCause cause);

// How long the copies of one batch take, both ways; each at least 0.
struct CopyTimes {
  SimDuration in{0};
  SimDuration out{0};
};

// The spans of one request, by cause; each at least 0.
struct Ledger {
  std::array<SimDuration, kLatencyCauseCount> spans{};

  [[nodiscard]] SimDuration of(LatencyCause cause) const {
    return spans[static_cast<std::size_t>(cause)];
  }
  [[nodiscard]] SimDuration total() const;
  // The cause with the longest span; of equal ones the first.
  [[nodiscard]] LatencyCause largest() const;
};

// `batch` is that of the request's last piece, nullptr exactly when request.batch is empty.
// `copies` where they are known; they are left out of account (cause `device`) when the batch
// failed or was on the device for less. Times of a batch that contradict each other are taken in
// the order above, so that the sum holds whatever the log says. Requires: request.finished, not
// before its arrival.
[[nodiscard]] Ledger ledger_of(const RequestRow& request, const BatchRecord* batch,
                               const std::optional<CopyTimes>& copies = std::nullopt);
// The same of one that arrived and was answered at these times; nullptr: it was in no batch.
[[nodiscard]] Ledger ledger_between(SimTime arrival, SimTime finished, const BatchRecord* batch,
                                    const std::optional<CopyTimes>& copies);

// Ledgers of many requests, added up.
class LedgerSum {
 public:
  __extension__ using Sum = unsigned __int128;  // 10^9 requests of ten seconds pass 2^63 ns

  void add(const Ledger& ledger);
  void add(const LedgerSum& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Sum of(LatencyCause cause) const { return sums_[static_cast<std::size_t>(cause)]; }
  [[nodiscard]] Sum total() const;
  // The mean by cause in whole nanoseconds. They sum to the mean of the totals, rounded down: what
  // rounding leaves over goes to the causes with the largest remainders, the first of equals. All 0
  // when nothing was added.
  [[nodiscard]] Ledger mean() const;

 private:
  std::array<Sum, kLatencyCauseCount> sums_{};
  std::uint64_t count_ = 0;
};

}  // namespace lockstep
