#include "cli/traffic_advice.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/execute.h"
#include "reports/format.h"

namespace lockstep {
namespace {

// A difference below a twentieth of the figure is not worth a sentence.
bool clearly_less(std::int64_t a, std::int64_t b) {
  return a < b - b / 20;
}

std::string ms(std::int64_t ns) {
  return short_time(SimDuration{ns});
}
std::string rows_per_batch(const RunSummary& run) {
  return ratio_text(run.rows, run.batches, 1);
}

class Advisor {
 public:
  Advisor(RunPlan plan, const std::vector<Objective>& objectives)
      : plan_(std::move(plan)), objectives_(objectives) {}

  Result<std::vector<Advice>> run() {
    const Result<PreparedRun> prepared = prepare(plan_);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    values_ = prepared->spec.values;
    Result<RunSummary> base = summary_with({});
    if (!base) {
      return tl::unexpected(base.error());
    }
    base_ = *base;
    for (Result<void> (Advisor::*question)() :
         {&Advisor::threads, &Advisor::timeout, &Advisor::queue_length, &Advisor::padding,
          &Advisor::objective}) {
      if (Result<void> asked = (this->*question)(); !asked) {
        return tl::unexpected(asked.error());
      }
    }
    return std::move(advice_);
  }

 private:
  // The same traffic with other settings.
  [[nodiscard]] Result<RunSummary> summary_with(const Settings& changes) const {
    RunPlan plan = plan_;
    plan.options.insert(plan.options.end(), changes.begin(), changes.end());
    const Result<PreparedRun> prepared = prepare(plan);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    const Result<RunOutcome> outcome = execute(*prepared, ExecuteOptions{.log = false, .out = ""});
    if (!outcome) {
      return tl::unexpected(outcome.error());
    }
    return outcome->summary;
  }

  // nullopt: this scheduler has no such option.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const {
    const auto found = std::find_if(values_.begin(), values_.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found == values_.end() ? std::nullopt : std::optional(option_integer(values_, name));
  }

  void say(std::string_view option, std::string text) {
    advice_.push_back(Advice{std::string(option), std::move(text)});
  }

  // More threads than GPUs hand over small batches, which then wait for the GPU half full.
  Result<void> threads() {
    const std::optional<std::int64_t> count = integer("num_batch_threads");
    const std::int64_t gpus = plan_.gpu_count;
    if (!count || *count <= gpus) {
      return {};
    }
    const Result<RunSummary> fewer = summary_with({{"num_batch_threads", std::to_string(gpus)}});
    if (!fewer) {
      return tl::unexpected(fewer.error());
    }
    if (fewer->refused <= base_.refused && clearly_less(fewer->p99_ns, base_.p99_ns)) {
      say("num_batch_threads",
          fmt::format("num_batch_threads {} feed {} GPU{}: with {} p99 is {} instead of {}, and a "
                      "batch holds {} rows instead of {}, because it goes on filling until the GPU "
                      "is free",
                      *count, gpus, gpus == 1 ? "" : "s", gpus, ms(fewer->p99_ns), ms(base_.p99_ns),
                      rows_per_batch(*fewer), rows_per_batch(base_)));
    }
    return {};
  }

  Result<void> timeout() {
    const std::optional<std::int64_t> micros = integer("batch_timeout_micros");
    const std::optional<std::int64_t> largest = integer("max_batch_size");
    if (!micros || !largest) {
      return {};
    }
    if (*micros == 0) {
      // Fewer than eleven requests in ten batches, of which none is empty (some may have failed).
      const std::uint64_t served = std::max(base_.answered, base_.batches);
      if (*largest > 1 && base_.batches > 0 && served * 10 < base_.batches * 11) {
        say("batch_timeout_micros",
            fmt::format(
                "batch_timeout_micros 0: a batch holds {} requests on average, because an "
                "idle thread takes each request as it comes; max_batch_size {} does nothing "
                "at this load",
                ratio_text(served, base_.batches, 2), *largest));
      }
      return {};
    }
    const Result<RunSummary> none = summary_with({{"batch_timeout_micros", "0"}});
    if (!none) {
      return tl::unexpected(none.error());
    }
    if (none->refused <= base_.refused && none->p99_ns <= base_.p99_ns &&
        clearly_less(none->p50_ns, base_.p50_ns)) {
      say("batch_timeout_micros",
          fmt::format(
              "batch_timeout_micros {}: makes batches of {} rows at this load instead of {} "
              "and costs {} at p50 ({} instead of {}): lower it, or raise max_batch_size "
              "if batches fill up",
              *micros, rows_per_batch(base_), rows_per_batch(*none),
              ms(base_.p50_ns - none->p50_ns), ms(base_.p50_ns), ms(none->p50_ns)));
    }
    return {};
  }

  Result<void> queue_length() {
    const std::optional<std::int64_t> length = integer("max_enqueued_batches");
    const std::uint64_t full =
        base_.requests_by_reason[static_cast<std::size_t>(Reason::kQueueFull)];
    if (!length || full == 0) {
      return {};
    }
    const std::int64_t longer = std::max<std::int64_t>(*length, 1) * 10;
    const Result<RunSummary> more =
        summary_with({{"max_enqueued_batches", std::to_string(longer)}});
    if (!more) {
      return tl::unexpected(more.error());
    }
    say("max_enqueued_batches",
        fmt::format(
            "max_enqueued_batches {}: {} of {} requests are refused; with {} it is {}, at a "
            "p99 of {} instead of {}, the GPU busy for {} %",
            *length, full, base_.requests, longer,
            more->requests_by_reason[static_cast<std::size_t>(Reason::kQueueFull)],
            ms(more->p99_ns), ms(base_.p99_ns), ratio_text(more->gpu_busy_per_million, 10'000, 0)));
    return {};
  }

  Result<void> padding() {
    if (base_.padded_rows > base_.rows && (base_.padded_rows - base_.rows) * 4 > base_.rows) {
      say("allowed_batch_sizes",
          fmt::format("allowed_batch_sizes {}: {} % of the rows that the GPU executes are padding; "
                      "batches hold {} rows on average",
                      option_text(values_, "allowed_batch_sizes"),
                      ratio_text((base_.padded_rows - base_.rows) * 100, base_.padded_rows, 0),
                      rows_per_batch(base_)));
    }
    return {};
  }

  Result<void> objective() {
    const std::optional<std::int64_t> micros = integer("batch_timeout_micros");
    for (const Objective& wanted : objectives_) {
      if (micros && SimDuration{*micros * 1000} >= wanted.limit) {
        say("batch_timeout_micros",
            fmt::format("batch_timeout_micros {}: as long as the objective {}={} or longer; the "
                        "first request of a batch may spend all of it waiting",
                        *micros, wanted.figure, exact_time(wanted.limit)));
      }
    }
    return {};
  }

  RunPlan plan_;
  const std::vector<Objective>& objectives_;
  OptionValues values_;
  RunSummary base_;
  std::vector<Advice> advice_;
};

}  // namespace

Result<std::vector<Advice>> advise(const RunPlan& plan, const std::vector<Objective>& objectives) {
  return Advisor(plan, objectives).run();
}

}  // namespace lockstep
