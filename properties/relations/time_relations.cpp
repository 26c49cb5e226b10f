// M1, M2, M8: what time does to a run.
#include <algorithm>
#include <numeric>

#include "core/limits.h"
#include "properties/relations/relation.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

constexpr std::string_view kMicros = "_micros";

SimDuration length(const Case& value) {
  SimDuration sum{0};
  for (const CaseEvent& event : value.events) {
    sum += event.gap;
  }
  return sum;
}

// Does it adjust its limit in this run? Batches are at most the requests' pieces.
bool adjusts(const Case&, const RunRules& rules) {
  const auto window = rules.integer("batches_to_average_over");
  return window && *window < 1000;
}

bool has_boost(const Case& value, const RunRules& rules) {
  return any_value(value, rules, "full_batch_scheduling_boost_micros",
                   [](const std::string& v) { return v != "0"; });
}

// Are the scores, boost * rows / max_batch_size before the time of creation in us, doubles without
// rounding up to 2^53 ns? 44 bits before the point, 8 behind it. Otherwise two that are equal, or a
// thousandth apart, may come out the other way round at another time (TF 3.1).
bool has_exact_scores(const Case& value, const RunRules& rules) {
  constexpr std::int64_t kLargestBoost = std::int64_t{1} << 34;
  const auto too_large = [](const std::string& v) { return number_of(v) > kLargestBoost; };
  const auto uneven = [](const std::string& v) {
    const std::int64_t rows = number_of(v);
    return rows <= 0 || rows > 256 || (rows & (rows - 1)) != 0;
  };
  return !any_value(value, rules, "full_batch_scheduling_boost_micros", too_large) &&
         !any_value(value, rules, "max_batch_size", uneven);
}

// --- M1 -----------------------------------------------------------------------------------------

std::string_view shift_not_checked(const Case& value, const RunRules& rules) {
  if (value.events.empty()) {
    return "nothing happens";
  }
  if (!value.faults.empty()) {
    return "faults strike at times of their own";
  }
  if (has_option(rules, "target_pending") && adjusts(value, rules)) {
    return "its loops count idle turns from the start of the run (TF 3.2)";
  }
  if (has_boost(value, rules) && !has_exact_scores(value, rules)) {
    return "its scores are rounded, more coarsely at a later time (TF 3.1)";
  }
  return "";
}

// Ticks of threads that look around stand at multiples of these, from the start of the run.
std::int64_t grid_ns(const RunRules& rules) {
  std::int64_t grid = 1'000;  // the clock of a trimmed batch counts whole us (TF 2.8)
  for (const std::string_view name : {"idle_poll_micros", "no_tasks_wait_time_micros"}) {
    const std::int64_t micros = rules.integer(name).value_or(0);
    grid = std::lcm(grid, std::max<std::int64_t>(micros, 1) * 1'000);
  }
  return has_option(rules, "target_pending") ? std::lcm(grid, std::int64_t{1'000'000}) : grid;
}

std::optional<Violation> check_shift(const Case& value, const SchedulerMaker& maker) {
  const Result<MadeScheduler> made = maker(value);
  if (!made) {
    return std::nullopt;
  }
  const std::int64_t grid = std::max<std::int64_t>(grid_ns(made->rules), 1);
  for (const int power : {31, 32, 53}) {
    // The run goes on across it.
    const std::int64_t middle = (std::int64_t{1} << power) - length(value).count() / 2;
    const std::int64_t shift = std::max<std::int64_t>(middle / grid, 1) * grid;
    Case twin = value;
    twin.events.front().gap += SimDuration{shift};
    if (std::optional<Violation> found =
            compare_twins("M1", value, twin, maker, {.shift = SimDuration{shift}})) {
      return found;
    }
  }
  return std::nullopt;
}

// --- M2 -----------------------------------------------------------------------------------------

std::string_view scale_not_checked(const Case& value, const RunRules& rules) {
  if (!is_scripted(value)) {
    return "its device's times are not scaled";
  }
  if (has_option(rules, "target_pending")) {
    return "its loops sleep for a constant time (TF 3.2)";
  }
  if (rules.integer("idle_poll_micros").value_or(0) > 0) {
    return "the phases of its threads' polls are drawn, not scaled (TF 2.5)";
  }
  if (rules.flag("batching_session")) {
    return "'no time-out' is a constant (TF 2.17, quirk 13)";
  }
  if (adjusts(value, rules) || has_boost(value, rules)) {
    return "latencies and scores are rounded (TF 3.1)";
  }
  if (any_value(value, rules, "batch_padding_policy",
                [](const std::string& v) { return v != "PAD_UP"; })) {
    return "the start of a trimmed rest is rounded to whole us (TF 2.8)";
  }
  if (length(value) > SimDuration{kMaxTimeNs / 64}) {
    return "a run scaled up would be too long";
  }
  return "";
}

void scale(OptionValues& options, std::int64_t factor) {
  for (auto& [name, text] : options) {
    if (name.ends_with(kMicros) && number_of(text) > 0) {
      text = std::to_string(number_of(text) * factor);
    }
  }
}

// All times in whole us: a clock that counts those sees them exactly.
Case in_whole_us(Case value) {
  const auto round = [](SimDuration& time) { time -= SimDuration{time.count() % 1000}; };
  for (CaseEvent& event : value.events) {
    round(event.gap);
    round(event.timeout);
  }
  for (CaseExecution& execution : value.executions) {
    round(execution.waits);
    round(execution.takes);
  }
  return value;
}

std::optional<Violation> check_scale(const Case& original, const SchedulerMaker& maker) {
  const Result<MadeScheduler> made = maker(original);
  if (!made) {
    return std::nullopt;
  }
  // The adaptive scheduler reads such a clock (TF 3.1).
  const Case value =
      has_option(made->rules, "initial_in_flight_batches_limit") ? in_whole_us(original) : original;
  const std::int64_t factor = value.seed % 2 == 0 ? 3 : 7;
  Case twin = value;
  twin.options = made->rules.options;  // defaults in us are scaled, too
  scale(twin.options, factor);
  for (OptionValues& queue : twin.queues) {
    scale(queue, factor);
  }
  for (CaseEvent& event : twin.events) {
    event.gap *= factor;
    event.timeout *= factor;
  }
  for (CaseExecution& execution : twin.executions) {
    execution.waits *= factor;
    execution.takes *= factor;
  }
  if (twin.executions.empty()) {
    return std::nullopt;  // 1 ms each is a constant
  }
  return compare_twins("M2", value, twin, maker, {.factor = factor});
}

// --- M8 -----------------------------------------------------------------------------------------

std::string_view prefix_not_checked(const Case& value, const RunRules&) {
  if (!value.faults.empty()) {
    return "faults strike as long as there is traffic";
  }
  return value.events.size() < 2 ? "there is nothing to leave out" : "";
}

std::optional<Violation> check_prefix(const Case& value, const SchedulerMaker& maker) {
  const std::size_t kept = 1 + value.seed % (value.events.size() - 1);
  Case twin = value;
  twin.events.resize(kept);
  SimDuration cut = value.events[kept].gap + length(twin);
  return compare_twins("M8", value, twin, maker, {.until = SimTime{cut}});
}

}  // namespace

Relation m1_time_shift() {
  return {.id = "M1",
          .name = "time-shift",
          .formula = "all events later by D (across 2^31, 2^32, 2^53 ns): all decisions later by D",
          .source = "verification 3.4 M1",
          .not_checked = &shift_not_checked,
          .check = &check_shift};
}

Relation m2_time_scale() {
  return {.id = "M2",
          .name = "time-scale",
          .formula = "all times and time-outs c times as long: all decisions at c times their time",
          .source = "verification 3.4 M2",
          .not_checked = &scale_not_checked,
          .check = &check_scale};
}

Relation m8_prefix() {
  return {.id = "M8",
          .name = "causality",
          .formula = "without the events from time t on, everything before t is the same",
          .source = "verification 3.4 M8",
          .not_checked = &prefix_not_checked,
          .check = &check_prefix};
}

}  // namespace lockstep
