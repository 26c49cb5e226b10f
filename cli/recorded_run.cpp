#include "cli/recorded_run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/interrupt.h"
#include "cli/run_plan.h"
#include "core/digest.h"
#include "core/server.h"
#include "reports/metrics.h"
#include "sim/client_traffic.h"
#include "sim/simulation.h"
#include "traces/journal_csv.h"

namespace lockstep {
namespace {

// Arrivals that are there already, with the queue numbers that the run gave them.
class KeptArrivals final : public ArrivalSource {
 public:
  // Both outlive this.
  KeptArrivals(const std::vector<Arrival>& arrivals, const std::vector<std::string>& queue_names)
      : arrivals_(arrivals), queue_names_(queue_names) {}

  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override {
    const std::size_t count = std::min(out.size(), arrivals_.size() - next_);
    std::copy_n(arrivals_.begin() + static_cast<std::ptrdiff_t>(next_), count, out.begin());
    next_ += count;
    return count;
  }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return queue_names_;
  }

 private:
  const std::vector<Arrival>& arrivals_;
  const std::vector<std::string>& queue_names_;
  std::size_t next_ = 0;
};

// The figures of a run, and the latencies of a few requests.
class WatchingMetrics final : public EventSink {
 public:
  // `watched` outlives this.
  WatchingMetrics(std::span<const std::uint64_t> watched, std::uint32_t gpu_count)
      : watched_(watched),
        latencies_(watched.size()),
        metrics_({.exact = true, .gpu_count = gpu_count}) {}

  void requests_ended(const RequestsEnd& ends) override {
    metrics_.requests_ended(ends);
    for (const Request* request : ends.requests) {
      for (std::size_t i = 0; ends.status == Status::kOk && i < watched_.size(); ++i) {
        if (raw(request->id) == watched_[i]) {
          latencies_[i] = ends.at - request->arrival.time;
        }
      }
    }
  }
  void batch_ended(const BatchRecord& batch) override { metrics_.batch_ended(batch); }
  void request_unanswered(const Request& request) override { metrics_.request_unanswered(request); }

  [[nodiscard]] const RunMetrics& metrics() const { return metrics_; }
  [[nodiscard]] const std::vector<std::optional<SimDuration>>& latencies() const {
    return latencies_;
  }

 private:
  std::span<const std::uint64_t> watched_;
  std::vector<std::optional<SimDuration>> latencies_;
  RunMetrics metrics_;
};

FaultPlan without_bursts(const FaultPlan& plan) {
  FaultPlan left = plan;
  std::erase_if(left.faults, [](const Fault& fault) { return fault.kind == FaultKind::kBurst; });
  return left;
}

// "": it can be run again.
std::string obstacle(const Manifest& manifest) {
  if (const std::optional<std::string> on = setting_of(manifest, "on"); on && *on != kOnSim) {
    return "its times were measured on a device (" + *on +
           "): with another setting they would have to be measured again";
  }
  if (const std::optional<std::string> arrivals = setting_of(manifest, "arrivals");
      arrivals && is_client_traffic(*arrivals)) {
    return "its clients send when they are answered: with another setting they would send other "
           "requests at other times";
  }
  return "";
}

}  // namespace

RecordedRun::RecordedRun(Manifest manifest, Described described)
    : manifest_(std::move(manifest)),
      described_(std::move(described)),
      faults_(without_bursts(described_.faults)) {}

Result<std::unique_ptr<RecordedRun>> RecordedRun::load(const std::string& directory) {
  Result<Manifest> manifest = read_manifest(directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (const std::string why = obstacle(*manifest); !why.empty()) {
    return bad_input(why);
  }
  Result<Described> described = describe_run(*manifest);
  if (!described) {
    return tl::unexpected(described.error());
  }
  if (!described->device) {
    return bad_input("its settings name no simulated GPU");
  }
  // What looks at the manifest's names goes: the manifest moves.
  described->scheduler.reset();
  described->models.reset();
  auto run =
      std::unique_ptr<RecordedRun>(new RecordedRun(std::move(*manifest), std::move(*described)));
  Result<FreshScheduler> fresh =
      fresh_scheduler(*run->described_.info, run->described_.options, run->manifest_.queue_names);
  if (!fresh) {
    return tl::unexpected(fresh.error());
  }
  run->spec_ = std::move(fresh->spec);
  run->spec_.models = nullptr;
  if (Result<void> read = run->read_arrivals(directory); !read) {
    return tl::unexpected(read.error());
  }
  const Result<WhatIf> same =
      run->simulate(run->described_.options, {}, run->manifest_.settings_digest);
  if (!same) {
    return tl::unexpected(same.error());
  }
  if (same->summary.digest != run->manifest_.digest) {
    return bad_input(fmt::format(
        "unchanged it comes to digest {} and not to the recorded {}: another version took other "
        "decisions, or files were altered (lockstep check)",
        digest_text(same->summary.digest), digest_text(run->manifest_.digest)));
  }
  return run;
}

Result<void> RecordedRun::read_arrivals(const std::string& directory) {
  Result<JournalLineSource> lines = open_journal(directory + "/journal.csv.zst");
  if (!lines) {
    return tl::unexpected(lines.error());
  }
  while (true) {
    Result<std::optional<JournalLine>> line = (*lines)();
    if (!line) {
      return tl::unexpected(line.error());
    }
    if (!*line) {
      return {};
    }
    const JournalLine& read = **line;
    if (read.is_input && read.input.kind == InputKind::kArrive) {
      if (raw(read.arrival.queue) >= manifest_.queue_names.size()) {
        return bad_input(directory + "/journal.csv.zst: found an arrival for a queue without name");
      }
      arrivals_.push_back(read.arrival);
    }
  }
}

Result<WhatIf> RecordedRun::simulate_with(const Settings& changes,
                                          std::span<const std::uint64_t> watched) const {
  SpecOptions options = described_.options;
  for (const auto& change : changes) {
    std::erase_if(options.given, [&](const auto& given) { return given.first == change.first; });
    options.given.push_back(change);
  }
  return simulate(options, watched, 0);
}

Result<WhatIf> RecordedRun::simulate(const SpecOptions& options,
                                     std::span<const std::uint64_t> watched,
                                     std::uint64_t settings) const {
  const SchedulerInfo& info = *described_.info;
  const DeviceDescription& device = *described_.device;
  Result<FreshScheduler> fresh = fresh_scheduler(info, options, manifest_.queue_names);
  if (!fresh) {
    return tl::unexpected(fresh.error());
  }
  const auto lane_count =
      static_cast<std::uint32_t>(option_integer(fresh->spec.values, info.lane_option));
  const auto rows = static_cast<std::uint32_t>(rows_max(info, fresh->spec));
  if (!device.covers(rows)) {
    return bad_input(fmt::format("the GPU curve says nothing of {} rows", rows));
  }
  if (Result<void> shared = require_sharing(device.sharing, lane_count, manifest_.gpu_count);
      !shared) {
    return tl::unexpected(shared.error());
  }
  if (Result<void> fits = check_fault_plan(faults_, lane_count, manifest_.gpu_count); !fits) {
    return tl::unexpected(fits.error());
  }
  WatchingMetrics sink(watched, manifest_.gpu_count);
  Server server(std::move(fresh->scheduler),
                {.lane_count = lane_count, .settings_digest = settings}, &sink);
  KeptArrivals arrivals(arrivals_, manifest_.queue_names);
  InterruptibleArrivals source(arrivals);
  const Result<SimulationResult> simulated =
      lockstep::simulate({.device = device,
                          .gpu_count = manifest_.gpu_count,
                          .seed = manifest_.seed,
                          .queue_names = &manifest_.queue_names,
                          .faults = &faults_},
                         source, server);
  if (!simulated) {
    return tl::unexpected(simulated.error());
  }
  Result<RunSummary> summary =
      summarize(sink.metrics(),
                {.gpu_count = manifest_.gpu_count, .digest = server.digest(), .overhead = {}});
  if (!summary) {
    return tl::unexpected(summary.error());
  }
  return WhatIf{*summary, sink.latencies()};
}

std::pair<std::string, std::string> RecordedRun::option_of(std::string_view name,
                                                           const std::string& queue) const {
  std::string changed(name);
  const auto value_in = [&](const OptionValues& values) -> std::optional<std::string> {
    for (const auto& [option, text] : values) {
      if (option == name) {
        return text;
      }
    }
    return std::nullopt;
  };
  // "MODEL:SIGNATURE" is a queue with the options of MODEL.
  const std::string model = queue.substr(0, queue.find(':'));
  for (const QueueSpec& own : spec_.queues) {
    if (own.name == queue || own.name == model) {
      if (const std::optional<std::string> value = value_in(own.values)) {
        return {*value, changed + "@" + own.name};
      }
    }
  }
  return {value_in(spec_.values).value_or(""), changed};
}

}  // namespace lockstep
