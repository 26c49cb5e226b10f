// Perf Analyzer's CSV report (-f FILE): docs/measurements_metrics.md and report_writer.cc there.
#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "reports/export_statistics.h"
#include "reports/format.h"
#include "reports/server_counts.h"

namespace lockstep {
namespace {

// Whole microseconds, half up.
std::uint64_t mean_micros(const CountAndTime& sum) {
  return sum.count == 0 ? 0 : (sum.ns / 500 / sum.count + 1) / 2;
}

std::uint64_t micros(SimDuration time) {
  return static_cast<std::uint64_t>(time.count() + 500) / 1'000;
}

CountAndTime total(const std::vector<ModelCounts>& models, CountAndTime ModelCounts::*phase) {
  CountAndTime sum;
  for (const ModelCounts& model : models) {
    sum.count += (model.*phase).count;
    sum.ns += (model.*phase).ns;
  }
  return sum;
}

// Of `arrivals clients:10,think=2ms`: 10.
std::optional<std::uint64_t> client_count(const RunLog& run) {
  constexpr std::string_view kClients = "clients:";
  const std::string arrivals = run.setting("arrivals");
  std::uint64_t count = 0;
  if (!arrivals.starts_with(kClients)) {
    return std::nullopt;
  }
  const char* const begin = arrivals.data() + kClients.size();
  const auto [end, error] = std::from_chars(begin, arrivals.data() + arrivals.size(), count);
  return error == std::errc{} ? std::optional(count) : std::nullopt;
}

// By nearest rank; `sorted` is not empty.
SimDuration at_percent(const std::vector<SimDuration>& sorted, std::size_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

// `count` in each second of `span`; one decimal.
std::string rate_text(std::uint64_t count, SimDuration span) {
  if (span <= SimDuration{0}) {
    return "0.0";
  }
  const std::int64_t tenths =
      scaled(static_cast<std::int64_t>(count), 10'000'000'000, span.count());
  return ratio_text(static_cast<std::uint64_t>(tenths), 10, 1);
}

}  // namespace

Result<std::string> perf_analyzer_csv(const RunLog& run, std::span<const StageSpans> stages) {
  const std::vector<ModelCounts> models = server_counts(run, stages);
  const SimDuration overhead = overhead_of(run);
  std::vector<SimDuration> latencies;
  SimTime first = kForever;
  SimTime last_arrival{};
  SimTime last{};
  std::uint64_t rows = 0;
  for (const RequestRow& row : run.requests) {
    first = std::min(first, row.arrival);
    last_arrival = std::max(last_arrival, row.arrival);
    if (row.finished && row.status == Status::kOk) {
      latencies.push_back(*row.finished - row.arrival + overhead);
      last = std::max(last, *row.finished);
      rows += row.size;
    }
  }
  if (latencies.empty()) {
    return bad_input(run.directory +
                     ": found no request that was answered, expected one to report");
  }
  std::sort(latencies.begin(), latencies.end());
  const std::optional<std::uint64_t> clients = client_count(run);
  std::string text = clients ? "Concurrency" : "Request Rate";
  text +=
      ",Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,"
      "Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,"
      "p99 latency\n";
  text +=
      clients ? std::to_string(*clients) : rate_text(run.requests.size() - 1, last_arrival - first);
  text += fmt::format(",{},0,{}", rate_text(rows, last - first), micros(overhead));
  for (CountAndTime ModelCounts::*const phase :
       {&ModelCounts::queue, &ModelCounts::compute_input, &ModelCounts::compute_infer,
        &ModelCounts::compute_output}) {
    text += fmt::format(",{}", mean_micros(total(models, phase)));
  }
  text += ",0";
  for (const std::size_t percent : {50u, 90u, 95u, 99u}) {
    text += fmt::format(",{}", micros(at_percent(latencies, percent)));
  }
  return text + "\n";
}

}  // namespace lockstep
