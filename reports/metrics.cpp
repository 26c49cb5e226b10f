#include "reports/metrics.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {

void RunMetrics::request_ended(const RequestEnd& end) {
  const Request* const request = &end.request;
  requests_ended(RequestsEnd{{&request, 1}, end.batch, end.at, end.status, end.reason});
}

void RunMetrics::requests_ended(const RequestsEnd& ends) {
  last_ = ends.at;  // ends come in the order of time
  ended_by_[static_cast<std::size_t>(ends.reason)] += ends.requests.size();
  const bool answered = ends.batch != nullptr && ends.status == Status::kOk;
  if (!answered) [[unlikely]] {
    (ends.batch == nullptr ? refused_ : failed_) += ends.requests.size();
    for (const Request* request : ends.requests) {
      first_ = std::min(first_, request->arrival.time);
    }
    return;
  }
  answered_ += ends.requests.size();
  // The rule of split_latency (a test compares them), without a call per request.
  const SimTime dispatched = ends.batch->dispatched;
  const SimTime due = ends.batch->due;
  SimTime earliest = kForever;
  Sum forming = 0;
  Sum waiting = 0;
  for (const Request* request : ends.requests) {
    const SimTime arrival = request->arrival.time;
    const SimTime formed = std::min(std::max(due, arrival), dispatched);
    forming += static_cast<std::uint64_t>((formed - arrival).count());
    waiting += static_cast<std::uint64_t>((dispatched - arrival).count());
    earliest = std::min(earliest, arrival);
    if (!options_.exact) [[likely]] {
      histogram_.add(ends.at - arrival);
    } else {
      latencies_.push_back((ends.at - arrival).count());
    }
  }
  const auto device = static_cast<std::uint64_t>((ends.at - dispatched).count());
  forming_sum_ += forming;
  lane_wait_sum_ += waiting - forming;
  device_sum_ += Sum{device} * ends.requests.size();
  // The earliest arrival of the group waited longest.
  latency_max_ = std::max(latency_max_, ends.at - earliest);
  first_ = std::min(first_, earliest);
}

void RunMetrics::batch_ended(const BatchRecord& batch) {
  LOCKSTEP_CHECK(batch.finished >= batch.device_start);
  ++batches_by_[static_cast<std::size_t>(batch.reason)];
  if (batch.reason == Reason::kExpired) {
    return;  // not executed
  }
  ++batches_;
  rows_ += batch.rows;
  padded_rows_ += batch.padded_rows;
  device_busy_ += static_cast<std::uint64_t>((batch.finished - batch.device_start).count());
}

void RunMetrics::request_unanswered(const Request& request) {
  first_ = std::min(first_, request.arrival.time);
  last_ = std::max(last_, request.arrival.time);
  ++unanswered_;
}

SimDuration RunMetrics::span() const {
  return first_ == kForever ? SimDuration{0} : last_ - first_;
}

namespace {

// Nearest rank, 1-based.
std::uint64_t rank_of(std::uint64_t count, std::uint32_t per_million) {
  LOCKSTEP_CHECK(per_million > 0 && per_million <= 1'000'000);
  return (count * per_million + 999'999) / 1'000'000;
}

}  // namespace

SimDuration RunMetrics::at_rank(std::uint64_t rank) const {
  LOCKSTEP_CHECK(rank > 0 && rank <= answered_);
  if (!options_.exact) {
    return histogram_.at_rank(rank);
  }
  LOCKSTEP_CHECK_EQ(latencies_.size(), answered_);
  const auto nth = latencies_.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(latencies_.begin(), nth, latencies_.end());
  return SimDuration{*nth};
}

SimDuration RunMetrics::quantile(std::uint32_t per_million) const {
  return answered_ == 0 ? SimDuration{0} : at_rank(rank_of(answered_, per_million));
}

std::optional<SimDuration> RunMetrics::quantile_of_all(std::uint32_t per_million) const {
  const std::uint64_t rank = rank_of(requests(), per_million);
  return rank == 0 || rank > answered_ ? std::nullopt : std::optional(at_rank(rank));
}

}  // namespace lockstep
