#include "reports/compare.h"

#include <algorithm>
#include <map>

#include "core/check.h"

namespace lockstep {
namespace {

__extension__ using WideCount = unsigned __int128;
__extension__ using WideSum = __int128;
constexpr std::uint32_t kPerMillion = 1'000'000;
constexpr std::array<std::uint32_t, 3> kComparedShares = {500'000, 900'000, 990'000};

// Members of each batch, in the order of RunLog::batches.
using Members = std::vector<std::vector<std::uint64_t>>;

std::size_t index_of(const RunLog& run, const BatchRow& batch) {
  return static_cast<std::size_t>(&batch - run.batches.data());
}

Members members_of(const RunLog& run) {
  Members members(run.batches.size());
  for (const RequestRow& request : run.requests) {
    const BatchRow* const batch = request.batch ? run.find_batch(*request.batch) : nullptr;
    if (batch != nullptr) {
      members[index_of(run, *batch)].push_back(request.request);
    }
  }
  return members;
}

// Rounded to the nearest, halves away from zero.
std::int64_t mean_of(WideSum sum, std::size_t count) {
  const auto divisor = static_cast<WideSum>(count);
  return static_cast<std::int64_t>((2 * sum + (sum < 0 ? -divisor : divisor)) / (2 * divisor));
}

// `values` and `missing` more that are larger than all of them.
ComparedFigures figures_of(std::vector<std::int64_t> values, std::size_t missing) {
  ComparedFigures figures;
  std::sort(values.begin(), values.end());
  if (values.empty()) {
    return figures;
  }
  WideSum sum = 0;
  for (const std::int64_t value : values) {
    sum += value;
  }
  if (missing == 0) {
    figures[0] = mean_of(sum, values.size());
  }
  for (std::size_t i = 0; i < kComparedShares.size(); ++i) {
    const WideCount product = WideCount{values.size() + missing} * kComparedShares[i];
    const auto rank = static_cast<std::size_t>((product + kPerMillion - 1) / kPerMillion);
    if (rank <= values.size()) {
      figures[i + 1] = values[std::max<std::size_t>(rank, 1) - 1];
    }
  }
  return figures;
}

bool is_answered(const RequestRow& request) {
  return request.finished && request.status == Status::kOk;
}

std::int64_t latency_of(const RequestRow& request) {
  return (*request.finished - request.arrival).count();
}

Result<void> check_same_requests(const RunLog& a, const RunLog& b) {
  if (a.requests.size() != b.requests.size()) {
    return bad_input(b.directory + ": found " + std::to_string(b.requests.size()) +
                     " requests, expected the " + std::to_string(a.requests.size()) + " of " +
                     a.directory);
  }
  for (std::size_t i = 0; i < a.requests.size(); ++i) {
    const RequestRow& in_a = a.requests[i];
    const RequestRow& in_b = b.requests[i];
    if (in_a.request != in_b.request || in_a.size != in_b.size ||
        a.queue_names.at(in_a.queue) != b.queue_names.at(in_b.queue)) {
      return bad_input(b.directory + ": found request " + std::to_string(in_b.request) + " of " +
                       std::to_string(in_b.size) + " rows for " + b.queue_names.at(in_b.queue) +
                       ", expected request " + std::to_string(in_a.request) + " of " +
                       std::to_string(in_a.size) + " rows for " + a.queue_names.at(in_a.queue) +
                       " as in " + a.directory);
    }
  }
  return {};
}

class BatchPairing {
 public:
  BatchPairing(const RunLog& a, const RunLog& b)
      : a_(a), b_(b), of_a_(members_of(a)), of_b_(members_of(b)) {}

  [[nodiscard]] std::size_t identical() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < of_a_.size(); ++i) {
      count += partner(i) ? 1u : 0u;
    }
    return count;
  }

  [[nodiscard]] std::optional<Divergence> first_divergence() const {
    const std::size_t shorter = std::min(of_a_.size(), of_b_.size());
    std::size_t i = 0;
    while (i < shorter && same(i, i)) {
      ++i;
    }
    if (i == of_a_.size() && i == of_b_.size()) {
      return std::nullopt;
    }
    Divergence first{.position = i, .a = {}, .b = {}};
    if (i < of_a_.size()) {
      first.a = Divergence::Side{a_.batches[i], of_a_[i]};
    }
    if (i < of_b_.size()) {
      first.b = Divergence::Side{b_.batches[i], of_b_[i]};
    }
    return first;
  }

 private:
  [[nodiscard]] bool same(std::size_t i, std::size_t j) const {
    const BatchRecord& in_a = a_.batches[i].record;
    const BatchRecord& in_b = b_.batches[j].record;
    return of_a_[i] == of_b_[j] && in_a.rows == in_b.rows &&
           a_.queue_names.at(raw(in_a.queue)) == b_.queue_names.at(raw(in_b.queue));
  }

  // Is batch `i` of A somewhere in B? One that ends no request is looked for at its own place.
  [[nodiscard]] bool partner(std::size_t i) const {
    if (of_a_[i].empty()) {
      return i < of_b_.size() && same(i, i);
    }
    const auto request = std::lower_bound(
        b_.requests.begin(), b_.requests.end(), of_a_[i].front(),
        [](const RequestRow& row, std::uint64_t wanted) { return row.request < wanted; });
    const BatchRow* const batch = request->batch ? b_.find_batch(*request->batch) : nullptr;
    return batch != nullptr && same(i, index_of(b_, *batch));
  }

  const RunLog& a_;
  const RunLog& b_;
  Members of_a_;
  Members of_b_;
};

ComparedRun compared_run(const RunLog& run) {
  ComparedRun compared{.directory = run.directory,
                       .digest = run.digest,
                       .batches = run.batches.size(),
                       .answered = 0,
                       .latency = {},
                       .parts = {}};
  std::vector<std::int64_t> latencies;
  for (const RequestRow& request : run.requests) {
    if (is_answered(request)) {
      latencies.push_back(latency_of(request));
    }
  }
  compared.answered = latencies.size();
  compared.latency = figures_of(std::move(latencies), run.requests.size() - compared.answered);
  return compared;
}

// Sums the parts of requests, to give their means.
struct PartSums {
  WideSum forming = 0;
  WideSum lane_wait = 0;
  WideSum device = 0;

  void add(const RequestRow& request) {
    const LatencyParts parts =
        split_latency(request.arrival, request.due, request.dispatched, *request.finished);
    forming += parts.forming.count();
    lane_wait += parts.lane_wait.count();
    device += parts.device.count();
  }
  [[nodiscard]] LatencyParts mean(std::size_t count) const {
    return {SimDuration{mean_of(forming, count)}, SimDuration{mean_of(lane_wait, count)},
            SimDuration{mean_of(device, count)}};
  }
};

void pair_requests(const RunLog& a, const RunLog& b, RunComparison& result) {
  std::vector<std::int64_t> differences;
  PartSums in_a;
  PartSums in_b;
  std::size_t in_batches = 0;
  for (std::size_t i = 0; i < a.requests.size(); ++i) {
    const RequestRow& of_a = a.requests[i];
    const RequestRow& of_b = b.requests[i];
    const SimDuration apart =
        std::max(of_a.arrival, of_b.arrival) - std::min(of_a.arrival, of_b.arrival);
    result.arrival_apart = std::max(result.arrival_apart, apart);
    if (!is_answered(of_a) || !is_answered(of_b)) {
      continue;
    }
    differences.push_back(latency_of(of_b) - latency_of(of_a));
    if (of_a.batch && of_b.batch) {
      ++in_batches;
      in_a.add(of_a);
      in_b.add(of_b);
    }
  }
  result.paired = differences.size();
  result.mean_difference = mean_of_correlated(differences);
  for (const std::int64_t difference : differences) {
    result.faster += difference < 0 ? 1u : 0u;
    result.slower += difference > 0 ? 1u : 0u;
  }
  result.difference = figures_of(std::move(differences), 0);
  if (in_batches > 0) {
    result.a.parts = in_a.mean(in_batches);
    result.b.parts = in_b.mean(in_batches);
  }
}

void distribute_rows(const RunLog& a, const RunLog& b, RunComparison& result) {
  std::map<std::uint32_t, RowsShare> by_rows;
  for (const BatchRow& batch : a.batches) {
    ++by_rows[batch.record.rows].in_a;
  }
  for (const BatchRow& batch : b.batches) {
    ++by_rows[batch.record.rows].in_b;
  }
  for (auto& [rows, share] : by_rows) {
    share.rows = rows;
    result.by_rows.push_back(share);
  }
  result.total_variation = total_variation(result.by_rows);
}

}  // namespace

std::uint32_t per_million(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<std::uint32_t>(WideCount{part} * kPerMillion / whole);
}

std::uint32_t total_variation(std::span<const RowsShare> by_rows) {
  std::size_t in_a = 0;
  std::size_t in_b = 0;
  for (const RowsShare& share : by_rows) {
    in_a += share.in_a;
    in_b += share.in_b;
  }
  WideCount apart = 0;
  for (const RowsShare& share : by_rows) {
    const WideCount left = WideCount{share.in_a} * in_b;
    const WideCount right = WideCount{share.in_b} * in_a;
    apart += left > right ? left - right : right - left;
  }
  const WideCount whole = WideCount{2} * in_a * in_b;
  if (whole == 0) {
    return in_a == in_b ? 0 : kPerMillion;
  }
  return static_cast<std::uint32_t>(apart * kPerMillion / whole);
}

std::uint32_t RunComparison::identical_share() const {
  const std::size_t longer = std::max(a.batches, b.batches);
  return longer == 0 ? kPerMillion : per_million(identical, longer);
}

Result<RunComparison> compare_runs(const RunLog& a, const RunLog& b) {
  if (Result<void> same = check_same_requests(a, b); !same) {
    return tl::unexpected(same.error());
  }
  RunComparison result;
  result.a = compared_run(a);
  result.b = compared_run(b);
  result.requests = a.requests.size();
  const BatchPairing pairing(a, b);
  result.identical = pairing.identical();
  result.first = pairing.first_divergence();
  pair_requests(a, b, result);
  distribute_rows(a, b, result);
  return result;
}

}  // namespace lockstep
