#include "reports/ledger.h"

#include <algorithm>
#include <numeric>

#include "core/check.h"

namespace lockstep {
namespace {

// Gives what lies between the last mark and the next to a cause. Marks never run back and never
// pass the answer, so the spans sum to all of it.
class Marks {
 public:
  Marks(SimTime arrival, SimTime answered, Ledger& ledger)
      : at_(arrival), end_(answered), ledger_(ledger) {}

  void until(SimTime mark, LatencyCause cause) {
    const SimTime next = std::clamp(mark, at_, end_);
    ledger_.spans[static_cast<std::size_t>(cause)] += next - at_;
    at_ = next;
  }

 private:
  SimTime at_;
  SimTime end_;
  Ledger& ledger_;
};

bool copies_fit(const BatchRecord& batch, const CopyTimes& copies) {
  const SimDuration on_device = batch.finished - batch.device_start;
  return batch.status == Status::kOk && copies.in <= on_device &&
         copies.out <= on_device - copies.in;
}

}  // namespace

std::string_view cause_name(LatencyCause cause) {
  static constexpr std::array<std::string_view, kLatencyCauseCount> kNames = {
      "held-back", "forming",  "lane-wait", "lane-filling", "gpu-wait", "copy-in",
      "compute",   "copy-out", "device",    "after-batch",  "no-batch"};
  return kNames[static_cast<std::size_t>(cause)];
}

std::string_view cause_text(LatencyCause cause) {
  static constexpr std::array<std::string_view, kLatencyCauseCount> kTexts = {
      "held back before its batch was opened",
      "waiting for the batch to be due",
      "batch due, waiting for a lane",
      "batch filling on its lane",
      "waiting for the GPU",
      "copy to the GPU",
      "compute",
      "copy back",
      "on the GPU",
      "batch done, answer not given yet",
      "in no batch"};
  return kTexts[static_cast<std::size_t>(cause)];
}

SimDuration Ledger::total() const {
  return std::accumulate(spans.begin(), spans.end(), SimDuration{0});
}

LatencyCause Ledger::largest() const {
  return static_cast<LatencyCause>(std::max_element(spans.begin(), spans.end()) - spans.begin());
}

Ledger ledger_of(const RequestRow& request, const BatchRecord* batch,
                 const std::optional<CopyTimes>& copies) {
  LOCKSTEP_CHECK(request.finished);
  LOCKSTEP_CHECK_EQ(batch != nullptr, request.batch.has_value());
  return ledger_between(request.arrival, *request.finished, batch, copies);
}

Ledger ledger_between(SimTime arrival, SimTime finished, const BatchRecord* batch,
                      const std::optional<CopyTimes>& copies) {
  LOCKSTEP_CHECK(finished >= arrival);
  Ledger ledger;
  Marks marks(arrival, finished, ledger);
  if (batch == nullptr) {
    marks.until(finished, LatencyCause::kNoBatch);
    return ledger;
  }
  marks.until(batch->opened, LatencyCause::kHeldBack);
  marks.until(std::min(batch->due, batch->lane_taken), LatencyCause::kForming);
  marks.until(batch->lane_taken, LatencyCause::kLaneWait);
  marks.until(batch->dispatched, LatencyCause::kLaneFilling);
  marks.until(batch->device_start, LatencyCause::kGpuWait);
  if (copies && copies_fit(*batch, *copies)) {
    marks.until(batch->device_start + copies->in, LatencyCause::kCopyIn);
    marks.until(batch->finished - copies->out, LatencyCause::kCompute);
    marks.until(batch->finished, LatencyCause::kCopyOut);
  } else {
    marks.until(batch->finished, LatencyCause::kDevice);
  }
  marks.until(finished, LatencyCause::kAfterBatch);
  return ledger;
}

void LedgerSum::add(const Ledger& ledger) {
  for (std::size_t i = 0; i < kLatencyCauseCount; ++i) {
    sums_[i] += static_cast<std::uint64_t>(ledger.spans[i].count());
  }
  ++count_;
}

void LedgerSum::add(const LedgerSum& other) {
  for (std::size_t i = 0; i < kLatencyCauseCount; ++i) {
    sums_[i] += other.sums_[i];
  }
  count_ += other.count_;
}

LedgerSum::Sum LedgerSum::total() const {
  return std::accumulate(sums_.begin(), sums_.end(), Sum{0});
}

Ledger LedgerSum::mean() const {
  Ledger mean;
  if (count_ == 0) {
    return mean;
  }
  std::array<std::size_t, kLatencyCauseCount> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return sums_[a] % count_ > sums_[b] % count_;
  });
  auto left = static_cast<std::int64_t>(total() / count_);
  for (std::size_t i = 0; i < kLatencyCauseCount; ++i) {
    mean.spans[i] = SimDuration{static_cast<std::int64_t>(sums_[i] / count_)};
    left -= mean.spans[i].count();
  }
  for (std::size_t i = 0; left > 0; ++i, --left) {
    mean.spans[order[i]] += SimDuration{1};
  }
  return mean;
}

}  // namespace lockstep
