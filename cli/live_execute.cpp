#include "cli/live_execute.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/run_listener.h"
#include "cli/traffic.h"
#include "core/digest.h"
#include "core/server.h"
#include "gpu_backend/live_replay.h"
#include "gpu_backend/make_device.h"
#include "reports/format.h"
#include "traces/stage_rows.h"

namespace lockstep {
namespace {

constexpr SimDuration kCpuLead{100'000'000};
constexpr SimDuration kCudaLead{1'500'000'000};
constexpr std::array<std::uint32_t, 4> kLatencyRanks = {500, 900, 990, 999};  // per mille

// A trace that is in memory before the clock starts: nothing is read while requests are due.
class PreparedArrivals final : public ArrivalSource {
 public:
  [[nodiscard]] static Result<std::unique_ptr<PreparedArrivals>> read_all(ArrivalSource& source) {
    auto all = std::unique_ptr<PreparedArrivals>(new PreparedArrivals(source));
    InterruptibleArrivals arrivals(source);
    while (true) {
      const std::size_t before = all->arrivals_.size();
      all->arrivals_.resize(before + kBlock);
      const Result<std::size_t> count =
          arrivals.read(std::span(all->arrivals_).subspan(before, kBlock));
      if (!count) {
        return tl::unexpected(count.error());
      }
      all->arrivals_.resize(before + *count);
      if (*count == 0) {
        return all;
      }
    }
  }
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override {
    const std::size_t count = std::min(out.size(), arrivals_.size() - next_);
    std::copy_n(arrivals_.begin() + static_cast<std::ptrdiff_t>(next_), count, out.begin());
    next_ += count;
    return count;
  }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return source_.queue_names();
  }

 private:
  static constexpr std::size_t kBlock = 4096;
  explicit PreparedArrivals(ArrivalSource& source) : source_(source) {}

  ArrivalSource& source_;
  std::vector<Arrival> arrivals_;
  std::size_t next_ = 0;
};

struct LiveRunParts {
  Traffic traffic;
  std::unique_ptr<PreparedArrivals> arrivals;
  SchedulerSpec spec;
};

Result<LiveRunParts> open_parts(const PreparedRun& run) {
  Result<Traffic> traffic = Traffic::open(run);
  if (!traffic) {
    return tl::unexpected(traffic.error());
  }
  Result<std::unique_ptr<PreparedArrivals>> arrivals =
      PreparedArrivals::read_all(traffic->source());
  if (!arrivals) {
    return tl::unexpected(arrivals.error());
  }
  LiveRunParts parts{std::move(*traffic), std::move(*arrivals), run.spec};
  parts.spec.models = parts.traffic.queue_models();
  return parts;
}

// Of batches that are not padded: all sizes, as far as that is few.
std::vector<std::uint32_t> every_size(std::uint32_t rows_max) {
  constexpr std::uint32_t kFew = 64;
  std::vector<std::uint32_t> sizes(std::min(rows_max, kFew));
  std::iota(sizes.begin(), sizes.end(), 1U);
  return sizes;
}

Result<std::unique_ptr<LiveReplayResult>> replay_on_device(const PreparedRun& run,
                                                           LiveRunParts& parts, LiveOutcome& live) {
  // The trace's zero lies ahead while the device is made.
  SteadyClock clock;
  clock.start_in(run.live->kind == DeviceKind::kCuda ? kCudaLead : kCpuLead);
  const std::uint32_t rows = batch_rows_max(run);
  DeviceChoice choice{.kind = run.live->kind,
                      .model = run.live->model,
                      .lanes = run.lane_count,
                      .sizes = batch_sizes(*run.scheduler, run.spec, &every_size),
                      .gpus = run.plan.gpu_count,
                      .max_rows = rows};
  choice.take_memory_options(run.live->memory_fraction, run.live->allow_growth);
  Result<std::unique_ptr<Device>> device = make_device(choice, clock);
  if (!device) {
    return tl::unexpected(device.error());
  }
  Result<std::unique_ptr<Scheduler>> scheduler = run.scheduler->make(parts.spec);
  if (!scheduler) {
    return tl::unexpected(scheduler.error());
  }
  warm_up(**device, clock, rows, 3);
  LiveReplayOptions options;
  options.server.driver = {
      .server = {.lane_count = run.lane_count, .settings_digest = run.settings_digest},
      .row_bytes = run.live->model.row_bytes(),
      .gpu_count = run.plan.gpu_count,
      .queue_count = static_cast<std::uint32_t>(
          std::max<std::size_t>(parts.arrivals->queue_names().size(), 1)),
      .flushes = false,
      .submission_capacity = 1U << 16,
      .watchdog = run.live->watchdog};
  options.server.runtime.idle = run.live->idle;
  options.server.runtime.threads = run.live->workers;
  options.model = run.live->model;
  options.interrupted = was_interrupted;
  Result<std::unique_ptr<LiveReplayResult>> result =
      replay_live(clock, **device, *parts.arrivals, std::move(*scheduler), options);
  live.device = (*device)->name();
  live.time_error = (*device)->time_error();
  live.memory_peak = (*device)->memory_peak();
  return result;
}

void note_replay(const LiveReplayResult& result, const PreparedRun& run, LiveOutcome& live) {
  live.lag_p50 = at_rank(result.lags, 500);
  live.lag_p99 = at_rank(result.lags, 990);
  live.lag_max = at_rank(result.lags, 1000);
  for (std::size_t i = 0; i < kLatencyRanks.size(); ++i) {
    live.latencies[i] = at_rank(result.latencies, kLatencyRanks[i]);
  }
  live.lagged = !result.is_valid();
  live.rows_checked = result.rows_checked;
  live.rows_wrong = result.rows_wrong;
  live.first_wrong = result.first_wrong;
  live.has_reference = run.live->model.kind != ModelKind::kUser;
  live.lost_reason = result.lost_reason;
  live.driver = result.driver;
}

std::string stages_csv(const LiveReplayResult& result) {
  std::vector<BatchStages> stages = result.stages;
  std::sort(stages.begin(), stages.end(),
            [](const BatchStages& a, const BatchStages& b) { return a.batch < b.batch; });
  std::string text = stages_header();
  for (const BatchStages& batch : stages) {
    const StageTimes& times = batch.times;
    append_stage_row(text, {.batch = raw(batch.batch),
                            .launched = times.launched,
                            .to_device = {times.to_device_from, times.compute_from},
                            .compute = {times.compute_from, times.to_host_from},
                            .to_host = {times.to_host_from, times.finished}});
  }
  return text;
}

std::string live_json(const LiveOutcome& live) {
  nlohmann::ordered_json root;
  root["device"] = live.device;
  root["device_time_error_ns"] = live.time_error.count();
  root["device_memory_peak_bytes"] = live.memory_peak;
  root["device_lost"] = live.lost_reason;
  root["lag_p50_ns"] = live.lag_p50.count();
  root["lag_p99_ns"] = live.lag_p99.count();
  root["lag_max_ns"] = live.lag_max.count();
  root["valid"] = !live.lagged;
  root["p50_ns"] = live.latencies[0].count();
  root["p90_ns"] = live.latencies[1].count();
  root["p99_ns"] = live.latencies[2].count();
  root["p999_ns"] = live.latencies[3].count();
  root["rows_checked"] = live.rows_checked;
  root["rows_wrong"] = live.rows_wrong;
  root["batches_launched"] = live.driver.launched;
  root["batches_failed"] = live.driver.batches_failed;
  root["copies_by_other_threads"] = live.driver.copies;
  root["arrivals_clamped"] = live.driver.clamped;
  root["arrivals_clamped_max_ns"] = live.driver.clamped_max.count();
  root["hand_over_sum_ns"] = live.driver.hand_over_sum.count();
  root["hand_over_max_ns"] = live.driver.hand_over_max.count();
  root["notice_sum_ns"] = live.driver.notice_sum.count();
  root["notice_max_ns"] = live.driver.notice_max.count();
  return root.dump(2) + "\n";
}

// The log of the run, by a fresh core.
Result<void> reexecute_into(const PreparedRun& run, LiveRunParts& parts,
                            const LiveReplayResult& result, EventSink& sink, RunOutcome& outcome) {
  Result<std::unique_ptr<Scheduler>> scheduler = run.scheduler->make(parts.spec);
  if (!scheduler) {
    return tl::unexpected(scheduler.error());
  }
  Server server(std::move(*scheduler),
                {.lane_count = run.lane_count, .settings_digest = run.settings_digest}, &sink);
  for (std::size_t i = 0; i < result.inputs.size(); ++i) {
    feed(server, result.inputs[i]);
  }
  server.report_unanswered();
  if (server.digest() != result.digest) {
    return tl::unexpected(
        Error{Errc::kInternal, "the live core's digest is " + digest_text(result.digest) +
                                   ", a fresh one's with the same inputs " +
                                   digest_text(server.digest()) + ": they must be equal"});
  }
  outcome.live->inputs = server.totals().inputs;
  outcome.live->decisions = server.totals().decisions;
  return {};
}

Result<void> write_live_files(RunOutcome& outcome, const RunDirectory& directory,
                              const LiveReplayResult& result) {
  if (Result<void> written =
          write_file_whole(directory.path() + "/live.json", live_json(*outcome.live));
      !written) {
    return written;
  }
  return write_file_whole(directory.path() + "/stages.csv", stages_csv(result));
}

// The journal, the figures, and with a log the directory.
Result<void> write_log(const PreparedRun& run, const ExecuteOptions& options, LiveRunParts& parts,
                       const LiveReplayResult& result, RunOutcome& outcome) {
  Result<std::unique_ptr<RunListener>> log =
      RunListener::create(options, run, parts.arrivals->queue_names());
  if (!log) {
    return tl::unexpected(log.error());
  }
  if (Result<void> done = reexecute_into(run, parts, result, (*log)->sink(), outcome); !done) {
    return done;
  }
  const Result<RunSummary> summary =
      summarize((*log)->metrics(), {.gpu_count = run.plan.gpu_count, .digest = result.digest});
  if (!summary) {
    return tl::unexpected(summary.error());
  }
  outcome.summary = *summary;
  outcome.trace = parts.traffic.identity();
  outcome.trace.rows = result.submitted;
  outcome.arrival_span = parts.traffic.arrival_span();
  const RunDirectory* const directory = (*log)->directory();
  if (directory == nullptr) {
    return {};
  }
  if (Result<void> written = write_live_files(outcome, *directory, result); !written) {
    return written;
  }
  if (Result<void> done = (*log)->complete(outcome); !done) {
    return done;
  }
  // Two live runs of the same inputs are two runs.
  ByteDigest name;
  name.add(digest_text(outcome.input_digest) + digest_text(result.digest));
  outcome.input_digest = name.value();
  return {};
}

}  // namespace

Result<RunOutcome> execute_live(const PreparedRun& run, const ExecuteOptions& options) {
  Result<LiveRunParts> parts = open_parts(run);
  if (!parts) {
    return tl::unexpected(parts.error());
  }
  RunOutcome outcome;
  outcome.run = run;
  outcome.live.emplace();
  Result<std::unique_ptr<LiveReplayResult>> result = replay_on_device(run, *parts, *outcome.live);
  if (!result) {
    return tl::unexpected(result.error());
  }
  if ((*result)->interrupted) {
    return tl::unexpected(Error{Errc::kInterrupted, "interrupted"});
  }
  note_replay(**result, run, *outcome.live);
  if (Result<void> logged = write_log(run, options, *parts, **result, outcome); !logged) {
    return tl::unexpected(logged.error());
  }
  return outcome;
}

std::string live_text(const RunOutcome& run) {
  const LiveOutcome& live = *run.live;
  const auto mean = [&](SimDuration sum) {
    return short_time(SimDuration{
        sum.count() / static_cast<std::int64_t>(std::max<std::uint64_t>(live.driver.launched, 1))});
  };
  std::string text;
  if (!live.has_reference) {
    text += "outputs: not compared, a model of one's own has no reference\n";
  } else if (live.rows_wrong > 0) {
    text += fmt::format("FAIL outputs  {} of {} rows differ from the reference  {}\n",
                        live.rows_wrong, live.rows_checked, live.first_wrong);
  } else {
    text += fmt::format("outputs: {} rows, all as the reference without batching has them\n",
                        live.rows_checked);
  }
  text += fmt::format(
      "load generator: half of the requests were sent within {} of their time, 99 % within {}, the "
      "last one {} late\n",
      short_time(live.lag_p50), short_time(live.lag_p99), short_time(live.lag_max));
  text += fmt::format(
      "driver: from a decision to the launch of its batch {} on average, at most {}; from its end "
      "to its lane {}, at most {}\n",
      mean(live.driver.hand_over_sum), short_time(live.driver.hand_over_max),
      mean(live.driver.notice_sum), short_time(live.driver.notice_max));
  if (const std::uint32_t workers = run.run.live->workers; workers > 1) {
    text += fmt::format("copies: {} other thread{} made {}, into batches and out of them{}\n",
                        workers - 1, workers == 2 ? "" : "s", live.driver.copies,
                        live.driver.copies == 0 ? ": small ones are quicker made at once" : "");
  }
  if (live.driver.clamped > 0) {
    text += fmt::format(
        "{} arrivals reached the core after a later event and count from it in the log, by up to "
        "{}; from their intended times p50 is {}, p99 {}, p99.9 {}\n",
        live.driver.clamped, short_time(live.driver.clamped_max), short_time(live.latencies[0]),
        short_time(live.latencies[2]), short_time(live.latencies[3]));
  }
  text += fmt::format("re-executed: a fresh core gives the same {} decisions for the {} inputs\n",
                      live.decisions, live.inputs);
  if (live.lagged) {
    text += fmt::format(
        "NO VERDICT  the load generator lagged: 99 % within {}, expected within {}: this run says "
        "nothing about the server\n",
        short_time(live.lag_p99), short_time(kLagLimit));
  }
  if (!live.lost_reason.empty()) {
    text += fmt::format("NO VERDICT  the device was lost: {}\n", live.lost_reason);
  }
  return text;
}

int live_verdict(const RunOutcome& run) {
  if (run.live->rows_wrong > 0) {
    return kExitFailed;
  }
  return run.live->lagged || !run.live->lost_reason.empty() ? kExitNoVerdict : kExitHolds;
}

}  // namespace lockstep
