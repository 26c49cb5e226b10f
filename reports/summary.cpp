#include "reports/summary.h"

#include <array>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/check.h"
#include "core/digest.h"

namespace lockstep {
namespace {

using Sum = RunMetrics::Sum;

constexpr std::array<std::uint32_t, 4> kQuantiles = {500'000, 900'000, 990'000, 999'000};

// Half up; 0 of nothing.
std::uint64_t divided(Sum numerator, Sum denominator) {
  return denominator == 0
             ? 0
             : static_cast<std::uint64_t>((numerator * 2 + denominator) / (denominator * 2));
}

nlohmann::ordered_json reason_counts(const std::array<std::uint64_t, kReasonCount>& counts) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (std::uint8_t i = 0; i < kReasonCount; ++i) {
    if (counts[i] > 0) {
      json[std::string(reason_name(static_cast<Reason>(i)))] = counts[i];
    }
  }
  return json;
}

// The same for every answer, so it moves quantiles, mean and maximum alike.
void add_overhead(std::int64_t overhead, RunSummary& summary) {
  summary.overhead_ns = overhead;
  if (summary.answered == 0) {
    return;
  }
  for (std::int64_t* latency : {&summary.p50_ns, &summary.p90_ns, &summary.p99_ns, &summary.p999_ns,
                                &summary.latency_max_ns, &summary.latency_mean_ns}) {
    *latency += overhead;
  }
  for (std::int64_t& latency : summary.of_all_ns) {
    latency += latency == RunSummary::kNeverAnswered ? 0 : overhead;
  }
}

}  // namespace

Result<RunSummary> summarize(const RunMetrics& metrics, const SummaryOptions& options) {
  LOCKSTEP_CHECK(options.gpu_count > 0);
  const Result<std::vector<LatencyQuantile>> quantiles = metrics.quantiles(kQuantiles);
  if (!quantiles) {
    return tl::unexpected(quantiles.error());
  }
  const std::uint64_t answered = metrics.answered();
  const auto mean = [&](Sum sum) { return static_cast<std::int64_t>(divided(sum, answered)); };
  RunSummary summary;
  summary.exact = metrics.exact();
  summary.requests = metrics.requests();
  summary.answered = answered;
  summary.refused = metrics.refused();
  summary.failed = metrics.failed();
  summary.unanswered = metrics.unanswered();
  summary.span_ns = metrics.span().count();
  summary.p50_ns = quantiles->at(0).of_answered.count();
  summary.p90_ns = quantiles->at(1).of_answered.count();
  summary.p99_ns = quantiles->at(2).of_answered.count();
  summary.p999_ns = quantiles->at(3).of_answered.count();
  for (std::size_t i = 0; i < kQuantiles.size(); ++i) {
    const std::optional<SimDuration> figure = quantiles->at(i).of_all;
    summary.of_all_ns.at(i) = figure ? figure->count() : RunSummary::kNeverAnswered;
  }
  summary.latency_max_ns = metrics.latency_max().count();
  summary.latency_mean_ns = mean(metrics.latency_sum());
  summary.forming_mean_ns = mean(metrics.forming_sum());
  summary.lane_wait_mean_ns = mean(metrics.lane_wait_sum());
  summary.device_mean_ns = mean(metrics.device_sum());
  summary.batches = metrics.batches();
  summary.rows = metrics.rows();
  summary.padded_rows = metrics.padded_rows();
  summary.rows_per_batch_millionths = divided(Sum{metrics.rows()} * 1'000'000, metrics.batches());
  summary.gpu_busy_per_million =
      divided(metrics.device_busy() * 1'000'000,
              Sum{static_cast<std::uint64_t>(metrics.span().count())} * options.gpu_count);
  for (std::uint8_t i = 0; i < kReasonCount; ++i) {
    summary.batches_by_reason[i] = metrics.batches_by(static_cast<Reason>(i));
    summary.requests_by_reason[i] = metrics.ended_by(static_cast<Reason>(i));
  }
  summary.digest = options.digest;
  add_overhead(options.overhead.count(), summary);
  return summary;
}

std::string summary_json(const RunSummary& summary) {
  nlohmann::ordered_json json;
  json["digest"] = digest_text(summary.digest);
  json["requests"] = summary.requests;
  json["answered"] = summary.answered;
  json["refused"] = summary.refused;
  json["failed"] = summary.failed;
  json["unanswered"] = summary.unanswered;
  json["requests_by_reason"] = reason_counts(summary.requests_by_reason);
  json["span_ns"] = summary.span_ns;
  json["quantiles"] = summary.exact ? "exact" : "approximate";
  if (summary.overhead_ns > 0) {
    json["overhead_ns"] = summary.overhead_ns;
  }
  json["latency_p50_ns"] = summary.p50_ns;
  json["latency_p90_ns"] = summary.p90_ns;
  json["latency_p99_ns"] = summary.p99_ns;
  json["latency_p999_ns"] = summary.p999_ns;
  json["latency_max_ns"] = summary.latency_max_ns;
  json["latency_mean_ns"] = summary.latency_mean_ns;
  json["forming_mean_ns"] = summary.forming_mean_ns;
  json["lane_wait_mean_ns"] = summary.lane_wait_mean_ns;
  json["device_mean_ns"] = summary.device_mean_ns;
  json["batches"] = summary.batches;
  json["batches_by_reason"] = reason_counts(summary.batches_by_reason);
  json["rows"] = summary.rows;
  json["padded_rows"] = summary.padded_rows;
  json["rows_per_batch_millionths"] = summary.rows_per_batch_millionths;
  json["gpu_busy_per_million"] = summary.gpu_busy_per_million;
  return json.dump(2) + "\n";
}

}  // namespace lockstep
