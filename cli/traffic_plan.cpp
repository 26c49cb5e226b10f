#include "cli/traffic_plan.h"

#include "core/limits.h"
#include "sim/trace_scaling.h"

namespace lockstep {
namespace {

Result<void> prepare_clients(PreparedRun& run) {
  Result<ClientTraffic> clients = parse_client_traffic(run.plan.arrivals);
  if (!clients) {
    return tl::unexpected(clients.error());
  }
  if (!run.load.is_one()) {
    return bad_input("found --load " + run.plan.load +
                     " with clients, expected more clients or a shorter think=: their requests "
                     "come when answers do");
  }
  if (!run.plan.length.empty()) {
    return bad_input(
        "found --length with clients, expected --requests N: they send as long as "
        "answers take");
  }
  if (!run.plan.request_count) {
    return bad_input("found --arrivals without --requests, expected --requests N");
  }
  run.clients = std::move(*clients);
  return {};
}

// The span before scaling whose arrivals come before `length_ns` after it: scaled times are rounded
// down, so that the first time too late is the span's exact end, rounded up.
std::int64_t before_load(std::int64_t length_ns, const LoadFactor& load) {
  __extension__ using Wide = unsigned __int128;
  const Wide scaled = static_cast<Wide>(length_ns) * load.numerator;
  const Wide span = (scaled + load.denominator - 1) / load.denominator;
  constexpr auto kMost = static_cast<Wide>(INT64_MAX);
  return static_cast<std::int64_t>(span < kMost ? span : kMost);
}

Result<void> check_copies(const RunPlan& plan) {
  for (const auto& [name, count] :
       {std::pair("--repeat", plan.repeat), {"--replicate", plan.replicate}}) {
    if (count < 1 || count > kMaxCopies) {
      return bad_input(std::string("found ") + name + " " + std::to_string(count) +
                       ", expected 1 to " + std::to_string(kMaxCopies));
    }
    if (count > 1 && !plan.arrivals.empty()) {
      return bad_input(std::string("found ") + name +
                       " with --arrivals, expected it with a trace only");
    }
  }
  return {};
}

Result<void> prepare_length(PreparedRun& run) {
  if (run.plan.length.empty()) {
    return {};
  }
  const Result<SimDuration> length = parse_length(run.plan.length);
  if (!length) {
    return tl::unexpected(length.error());
  }
  run.length_ns = length->count();
  return {};
}

}  // namespace

Result<SimDuration> parse_length(const std::string& text) {
  const Result<SimDuration> length = parse_duration(text);
  if (!length || length->count() == 0) {
    return bad_input("found --length '" + text +
                     "', expected a time with its unit such as 60s or 24h");
  }
  return length;
}

Result<void> prepare_traffic(PreparedRun& run) {
  const RunPlan& plan = run.plan;
  if (plan.trace.empty() == plan.arrivals.empty()) {
    return bad_input(plan.trace.empty()
                         ? "found no traffic, expected a trace file or --arrivals poisson:1200/s"
                         : "found a trace and --arrivals, expected one of them");
  }
  const Result<LoadFactor> load = parse_load(plan.load);
  if (!load) {
    return tl::unexpected(load.error());
  }
  run.load = *load;
  const Result<SimDuration> overhead = parse_overhead(plan.overhead);
  if (!overhead) {
    return tl::unexpected(overhead.error());
  }
  run.overhead = *overhead;
  if (Result<void> length = prepare_length(run); !length) {
    return length;
  }
  if (!plan.arrivals.empty() && (!plan.format.empty() || !plan.map.empty() || plan.sort)) {
    return bad_input(std::string("found ") +
                     (plan.sort          ? "--sort"
                      : plan.map.empty() ? "--format"
                                         : "--map") +
                     " with --arrivals, expected it with a trace only");
  }
  if (Result<void> copies = check_copies(plan); !copies) {
    return copies;
  }
  if (plan.arrivals.empty()) {
    if (plan.request_count) {
      return bad_input("found --requests with a trace, expected it with --arrivals only");
    }
    return {};
  }
  if (is_client_traffic(plan.arrivals)) {
    return prepare_clients(run);
  }
  Result<ArrivalSpec> spec = parse_arrivals(plan.arrivals, plan.arrivals_folder);
  if (!spec) {
    return tl::unexpected(spec.error());
  }
  if (!plan.request_count && plan.length.empty()) {
    return bad_input(
        "found --arrivals without --requests, expected --requests N, or --length such as 60s");
  }
  run.generated = GeneratedOptions{.spec = std::move(*spec),
                                   .request_count = plan.request_count,
                                   .length_ns = std::nullopt,
                                   .seed = plan.seed};
  if (run.length_ns) {
    run.generated->length_ns = before_load(*run.length_ns, run.load);
  }
  return {};
}

}  // namespace lockstep
