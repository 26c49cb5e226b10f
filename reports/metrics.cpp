#include "reports/metrics.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {

void RunMetrics::request_ended(const RequestEnd& end) {
  const Request* const request = &end.request;
  requests_ended(RequestsEnd{{&request, 1}, end.batch, end.at, end.status, end.reason});
}

void RunMetrics::requests_ended(const RequestsEnd& ends) {
  last_ = std::max(last_, ends.at);
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
      latencies_.add((ends.at - arrival).count());
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
  busy_[raw(batch.lane) % options_.gpu_count].add(batch.device_start, batch.finished);
}

RunMetrics::Sum RunMetrics::device_busy() const {
  Sum sum = 0;
  for (const BusyTime& gpu : busy_) {
    sum += gpu.total_ns();
  }
  return sum;
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

Result<std::vector<std::int64_t>> RunMetrics::at_ranks(std::span<const std::uint64_t> ranks) const {
  if (options_.exact) {
    LOCKSTEP_CHECK_EQ(latencies_.count(), answered_);
    return latencies_.at_ranks(ranks);
  }
  std::vector<std::int64_t> found;
  found.reserve(ranks.size());
  for (const std::uint64_t rank : ranks) {
    // The middle of the bucket that holds the maximum may lie above it.
    found.push_back(std::min(histogram_.at_rank(rank), latency_max_).count());
  }
  return found;
}

Result<std::vector<LatencyQuantile>> RunMetrics::quantiles(
    std::span<const std::uint32_t> per_million) const {
  // Of the answered and of all, in turn; 0 where there is no such answer.
  std::vector<std::uint64_t> ranks;
  for (const std::uint32_t share : per_million) {
    const std::uint64_t of_all = rank_of(requests(), share);
    ranks.push_back(rank_of(answered_, share));
    ranks.push_back(of_all <= answered_ ? of_all : 0);
  }
  std::vector<std::uint64_t> asked = ranks;
  std::erase(asked, 0u);
  const Result<std::vector<std::int64_t>> found = at_ranks(asked);
  if (!found) {
    return tl::unexpected(found.error());
  }
  auto next = found->begin();
  std::vector<LatencyQuantile> quantiles(per_million.size());
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    if (ranks[2 * i] > 0) {
      quantiles[i].of_answered = SimDuration{*next++};
    }
    if (ranks[2 * i + 1] > 0) {
      quantiles[i].of_all = SimDuration{*next++};
    }
  }
  return quantiles;
}

}  // namespace lockstep
