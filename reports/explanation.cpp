// What happened; explanation_text.cpp says it in words.
#include "reports/explanation.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

bool is_answered(const RequestRow& row) {
  return row.finished && row.status == Status::kOk;
}

const RequestRow* find_request(const RunLog& run, std::uint64_t request) {
  const auto found = std::lower_bound(
      run.requests.begin(), run.requests.end(), request,
      [](const RequestRow& row, std::uint64_t wanted) { return row.request < wanted; });
  return found != run.requests.end() && found->request == request ? &*found : nullptr;
}

// Batches but for `self` that hold something from `begin` to `end` while [from, to) is waited.
template <typename Holds, typename Begin>
void find_blockers(const RunLog& run, const BatchRow& self, WaitSpan& span, Holds holds,
                   Begin begin) {
  std::vector<const BatchRow*> found;
  for (const BatchRow& batch : run.batches) {
    if (&batch != &self && holds(batch) && begin(batch.record) < span.to &&
        batch.record.finished > span.from) {
      found.push_back(&batch);
    }
  }
  std::sort(found.begin(), found.end(), [&](const BatchRow* a, const BatchRow* b) {
    return std::pair(begin(a->record), raw(a->record.id)) <
           std::pair(begin(b->record), raw(b->record.id));
  });
  SimTime covered = span.from;
  for (const BatchRow* batch : found) {
    const SimTime left = std::max(begin(batch->record), covered);
    const SimTime right = std::min(batch->record.finished, span.to);
    if (right > left) {
      span.blocked += right - left;
      covered = right;
    }
    span.blockers.push_back(raw(batch->record.id));
  }
}

WaitSpan lane_span(const RunLog& run, const BatchRow& batch, SimTime from, SimTime to) {
  WaitSpan span{.cause = LatencyCause::kLaneWait, .from = from, .to = to};
  find_blockers(
      run, batch, span,
      [&](const BatchRow& other) { return other.record.lane == batch.record.lane; },
      [](const BatchRecord& record) { return record.lane_taken; });
  return span;
}

WaitSpan gpu_span(const RunLog& run, const BatchRow& batch, SimTime from, SimTime to) {
  WaitSpan span{.cause = LatencyCause::kGpuWait, .from = from, .to = to};
  find_blockers(
      run, batch, span, [&](const BatchRow& other) { return other.gpu == batch.gpu; },
      [](const BatchRecord& record) { return std::max(record.device_start, record.dispatched); });
  return span;
}

// What its causes own of the time from its arrival on.
void add_spans(const RunLog& run, std::span<const StageSpans> stages, RequestExplanation& result) {
  const RequestRow& row = *result.request;
  if (row.batch.has_value() != (result.batch != nullptr) || !row.finished) {
    return;  // it still waits, or its batch never ended
  }
  std::optional<CopyTimes> copies;
  if (result.batch != nullptr) {
    const StageSpans& times = stages[static_cast<std::size_t>(result.batch - run.batches.data())];
    copies = CopyTimes{.in = times.to_device, .out = times.to_host};
  }
  const Ledger ledger =
      ledger_of(row, result.batch == nullptr ? nullptr : &result.batch->record, copies);
  SimTime at = row.arrival;
  for (std::size_t i = 0; i < kLatencyCauseCount; ++i) {
    const auto cause = static_cast<LatencyCause>(i);
    const SimTime end = at + ledger.of(cause);
    if (end > at && cause == LatencyCause::kLaneWait) {
      result.spans.push_back(lane_span(run, *result.batch, at, end));
    } else if (end > at && cause == LatencyCause::kGpuWait) {
      result.spans.push_back(gpu_span(run, *result.batch, at, end));
    } else if (end > at) {
      result.spans.push_back({.cause = cause, .from = at, .to = end});
    }
    at = end;
  }
}

std::vector<std::uint64_t> members_by_arrival(const RunLog& run, std::uint64_t batch) {
  std::vector<std::uint64_t> members;  // ordinals are in the order of arrival
  for (const RequestRow& row : run.requests) {
    if (row.batch == batch) {
      members.push_back(row.request);
    }
  }
  return members;
}

}  // namespace

Result<RequestExplanation> explain_request(const RunLog& run, std::span<const StageSpans> stages,
                                           std::uint64_t request) {
  RequestExplanation result;
  result.request = find_request(run, request);
  if (result.request == nullptr) {
    return bad_input(run.directory + ": found no request " + std::to_string(request) +
                     (run.requests.empty()
                          ? std::string(", and none at all")
                          : ", expected one of " + std::to_string(run.requests.front().request) +
                                " to " + std::to_string(run.requests.back().request)));
  }
  const RequestRow& row = *result.request;
  if (row.batch) {
    result.batch = run.find_batch(*row.batch);
    result.members = members_by_arrival(run, *row.batch);
  }
  for (const RequestRow& other : run.requests) {
    const SimTime left = other.batch ? other.dispatched : other.finished.value_or(kForever);
    const bool before = other.request < row.request && other.queue == row.queue;
    result.waiting_before += before && left > row.arrival ? 1u : 0u;
    if (is_answered(other)) {
      ++result.answered;
      result.faster +=
          is_answered(row) && *other.finished - other.arrival < *row.finished - row.arrival ? 1u
                                                                                            : 0u;
    }
  }
  add_spans(run, stages, result);
  return result;
}

Result<std::uint64_t> slowest_of_batch(const RunLog& run, std::uint64_t batch) {
  if (run.find_batch(batch) == nullptr) {
    return bad_input(run.directory + ": found no batch " + std::to_string(batch) +
                     (run.batches.empty()
                          ? std::string(", and none at all")
                          : ", expected one of " +
                                std::to_string(raw(run.batches.front().record.id)) + " to " +
                                std::to_string(raw(run.batches.back().record.id))));
  }
  // All end together, so the first to arrive waited longest.
  for (const RequestRow& row : run.requests) {
    if (row.batch == batch) {
      return row.request;
    }
  }
  return bad_input(run.directory + ": found no request whose last piece is in batch " +
                   std::to_string(batch) + ", expected one to explain");
}

std::vector<std::uint64_t> slowest_requests(const RunLog& run, std::size_t count) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> latencies;  // (-latency, request)
  for (const RequestRow& row : run.requests) {
    if (is_answered(row)) {
      latencies.emplace_back((row.arrival - *row.finished).count(), row.request);
    }
  }
  const std::size_t shown = std::min(count, latencies.size());
  std::partial_sort(latencies.begin(), latencies.begin() + static_cast<std::ptrdiff_t>(shown),
                    latencies.end());
  std::vector<std::uint64_t> slowest;
  for (std::size_t i = 0; i < shown; ++i) {
    slowest.push_back(latencies[i].second);
  }
  return slowest;
}

}  // namespace lockstep
