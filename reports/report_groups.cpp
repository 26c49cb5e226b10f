#include "reports/report_groups.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

struct GroupRange {
  std::size_t first = 0;  // into the order below
  std::size_t last = 0;
};

// Indices of requests, those of one key together; keys ascending, arrivals in their order.
using GroupOrder = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

SimDuration percentile(std::vector<std::int64_t>& latencies, std::size_t percent) {
  if (latencies.empty()) {
    return SimDuration{0};
  }
  const std::size_t rank = (latencies.size() * percent + 99) / 100;
  const auto nth = latencies.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(latencies.begin(), nth, latencies.end());
  return SimDuration{*nth};
}

GroupFigures figures_of(const RunTable& table, const GroupOrder& order, const GroupRange& range,
                        SimDuration overhead, const CopyModel& copies) {
  GroupFigures figures;
  std::vector<std::int64_t> latencies;
  for (std::size_t i = range.first; i < range.last; ++i) {
    const RequestRecord& request = table.requests[order[i].second];
    ++figures.requests;
    figures.rows += request.size;
    if (request.is_answered()) {
      ++figures.answered;
      latencies.push_back((request.latency() + overhead).count());
      figures.ledger.add(ledger_in(table, request, copies));
    }
  }
  figures.p50 = percentile(latencies, 50);
  figures.p99 = percentile(latencies, 99);
  figures.latency_max = percentile(latencies, 100);
  return figures;
}

template <typename Name>
GroupTable grouped_by(const RunTable& table, GroupOrder order, SimDuration overhead,
                      const CopyModel& copies, const Name& name) {
  std::sort(order.begin(), order.end());
  std::vector<GroupRange> ranges;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || order[i].first != order[i - 1].first) {
      ranges.push_back({.first = i, .last = i});
    }
    ranges.back().last = i + 1;
  }
  std::stable_sort(ranges.begin(), ranges.end(), [](const GroupRange& a, const GroupRange& b) {
    return a.last - a.first > b.last - b.first;
  });
  GroupTable groups;
  for (const GroupRange& range : ranges) {
    if (groups.groups.size() == kGroupsMost) {
      ++groups.groups_left_out;
      groups.requests_left_out += range.last - range.first;
      continue;
    }
    groups.groups.push_back(figures_of(table, order, range, overhead, copies));
    groups.groups.back().name = name(order[range.first].first);
  }
  return groups;
}

template <typename Key>
GroupOrder order_by(const RunTable& table, const Key& key) {
  GroupOrder order;
  order.reserve(table.requests.size());
  for (std::size_t i = 0; i < table.requests.size(); ++i) {
    order.emplace_back(key(table.requests[i]), static_cast<std::uint32_t>(i));
  }
  return order;
}

}  // namespace

GroupTable figures_by_queue(const RunTable& table, SimDuration overhead, const CopyModel& copies) {
  const auto queue = [](const RequestRecord& request) { return std::uint64_t{request.queue}; };
  return grouped_by(table, order_by(table, queue), overhead, copies, [&](std::uint64_t id) {
    return id < table.run.queue_names.size() ? table.run.queue_names[id] : std::string();
  });
}

GroupTable figures_by_client(const RunTable& table, SimDuration overhead, const CopyModel& copies) {
  const auto client = [](const RequestRecord& request) { return request.client; };
  const bool has_several =
      std::any_of(table.requests.begin(), table.requests.end(), [&](const RequestRecord& request) {
        return request.client != table.requests.front().client;
      });
  if (!has_several) {
    return {};
  }
  return grouped_by(table, order_by(table, client), overhead, copies,
                    [](std::uint64_t id) { return std::to_string(id); });
}

}  // namespace lockstep
