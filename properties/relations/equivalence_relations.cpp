// M6, M9, M10: settings in which a batch scheduler is something simpler.
#include <algorithm>
#include <string>

#include "core/schedulers/registry.h"
#include "properties/relations/relation.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

// --- M6: splitting ------------------------------------------------------------------------------

std::string_view unsplit_not_checked(const Case& value, const RunRules& rules) {
  if (!has_option(rules, "enable_large_batch_splitting")) {
    return "it never splits";
  }
  if (any_value(value, rules, "max_enqueued_batches",
                [](const std::string& v) { return v == "0"; })) {
    return "splitting refuses max_enqueued_batches 0 (TF 1.2)";
  }
  return "";
}

// One row each: with larger ones the two tests of capacity differ (TF 2.1 step 3).
Case unit_case(const Case& value, const std::string& splitting) {
  Case unit = value;
  unit.faults.clear();  // which bring requests of more
  for (CaseEvent& event : unit.events) {
    event.rows = std::min(event.rows, 1u);
  }
  std::vector<OptionValues*> all = {&unit.options};
  for (OptionValues& queue : unit.queues) {
    all.push_back(&queue);
  }
  for (OptionValues* options : all) {
    std::string size;
    for (const auto& [name, text] : *options) {
      size = name == "max_batch_size" ? text : size;
    }
    put_option(*options, "enable_large_batch_splitting", splitting);
    if (!size.empty() &&
        find_option(*find_scheduler(value.scheduler), "max_execution_batch_size") != nullptr) {
      put_option(*options, "max_execution_batch_size", size);
    }
  }
  return unit;
}

std::optional<Violation> check_unsplit(const Case& value, const SchedulerMaker& maker) {
  if (find_scheduler(value.scheduler) == nullptr) {
    return std::nullopt;
  }
  return compare_twins("M6", unit_case(value, "false"), unit_case(value, "true"), maker, {});
}

// --- M6: immediate ------------------------------------------------------------------------------

// The traffic alone: no priorities, no faults, one queue, one row each.
Case plain_case(const Case& value, OptionValues options) {
  Case plain{.scheduler = value.scheduler, .options = std::move(options), .seed = value.seed};
  SimDuration skipped{0};
  for (const CaseEvent& event : value.events) {
    skipped += event.gap;
    if (event.kind == CaseEventKind::kArrive) {
      plain.events.push_back({.gap = skipped});
      skipped = SimDuration{0};
    }
  }
  plain.executions = value.executions;
  for (CaseExecution& execution : plain.executions) {
    execution.status = Status::kOk;
  }
  return plain;
}

std::string_view single_not_checked(const Case& value, const RunRules&) {
  if (value.scheduler != "tf-shared" && value.scheduler != "tf-jit" &&
      value.scheduler != "naive-full-batch") {
    return "no settings of it start each request alone, at once";
  }
  return value.events.empty() ? "nothing happens" : "";
}

// Batches of one request, no waiting, no limit on who waits.
OptionValues single_options(const Case& value, std::size_t lanes) {
  const std::string size = value.scheduler == "naive-full-batch" ? "batch_size" : "max_batch_size";
  OptionValues options = {{size, "1"}, {"num_batch_threads", std::to_string(lanes)}};
  if (value.scheduler == "tf-shared") {
    options.emplace_back("max_enqueued_batches", "1000000");
  } else if (value.scheduler == "tf-jit") {
    options.emplace_back("max_queue_size", "1000000");
  }
  return options;
}

std::optional<Violation> check_immediate(const Case& value, const SchedulerMaker& maker) {
  const std::size_t lanes = std::clamp<std::size_t>(arrival_count(value), 1, 1000);
  Case twin = plain_case(value, single_options(value, lanes));
  twin.events.resize(std::min(twin.events.size(), lanes));
  const std::optional<RunRecord> run = run_twin(twin, maker);
  if (!run) {
    return std::nullopt;
  }
  for (std::size_t id = 0; id < run->requests.size(); ++id) {
    const RecordedRequest& request = run->requests[id];
    const RecordedBatch* batch = request.first_batch ? run->batch(*request.first_batch) : nullptr;
    if (batch == nullptr || batch->started != request.arrival.time || batch->rows != 1) {
      return Violation{.property = "M6b",
                       .found = "a lane for everyone, and it did not start alone at once",
                       .request = RequestId{id},
                       .at = request.arrival.time,
                       .line = request.line};
    }
  }
  return std::nullopt;
}

// --- M9 -----------------------------------------------------------------------------------------

struct Completion {
  SimTime last{};
  std::int64_t sum = 0;
  std::size_t count = 0;
};

Completion completion_of(const RunRecord& run) {
  Completion completion;
  for (const RecordedRequest& request : run.requests) {
    if (request.end) {
      completion.last = std::max(completion.last, request.end->at);
      completion.sum += (request.end->at - request.arrival.time).count();
      ++completion.count;
    }
  }
  return completion;
}

std::optional<Violation> check_monotonicity(const Case& value, const SchedulerMaker& maker) {
  const std::size_t lanes = 1 + value.seed % 3;
  const std::optional<RunRecord> few =
      run_twin(plain_case(value, single_options(value, lanes)), maker);
  const std::optional<RunRecord> more =
      run_twin(plain_case(value, single_options(value, lanes + 1)), maker);
  if (!few || !more) {
    return std::nullopt;
  }
  const Completion before = completion_of(*few);
  const Completion after = completion_of(*more);
  if (before.count == after.count && after.last <= before.last && after.sum <= before.sum) {
    return std::nullopt;
  }
  return Violation{.property = "M9",
                   .found = "with one lane more: " + std::to_string(after.count) + " of " +
                            std::to_string(before.count) + " answered, the last at " +
                            to_text(after.last.time_since_epoch()) + " not " +
                            to_text(before.last.time_since_epoch()) + ", latencies " +
                            std::to_string(after.sum) + " not " + std::to_string(before.sum) +
                            " ns together",
                   .at = after.last};
}

}  // namespace

Relation m6_unsplit() {
  return {.id = "M6",
          .name = "splitting-of-unit-sizes",
          .formula = "requests of one row: the same decisions with splitting and without",
          .source = "verification 3.4 M6; TF 2.1 step 3, 2.6",
          .not_checked = &unsplit_not_checked,
          .check = &check_unsplit};
}

Relation m6_immediate() {
  return {.id = "M6b",
          .name = "immediate-dispatch",
          .formula = "a lane for every request, batches of one: each starts as it arrives",
          .source = "verification 3.4 M6",
          .not_checked = &single_not_checked,
          .check = &check_immediate};
}

Relation m9_monotonicity() {
  return {.id = "M9",
          .name = "lanes-help-batches-of-one",
          .formula = "batches of one, first come first served: a lane more delays nobody's sum",
          .source = "verification 3.4 M9",
          .not_checked = &single_not_checked,
          .check = &check_monotonicity};
}

Relation m10_mean_batch() {
  return {.id = "M10",
          .name = "batches-grow-with-load",
          .formula = "mean batch size does not fall as the arrival rate grows",
          .source = "verification 3.4 M10",
          .not_checked = [](const Case&, const RunRules&) -> std::string_view {
            return "it holds of averages over long runs (Inoue), not of one case";
          },
          .check = [](const Case&, const SchedulerMaker&) -> std::optional<Violation> {
            return std::nullopt;
          }};
}

}  // namespace lockstep
