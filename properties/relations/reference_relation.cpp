#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "core/limits.h"
#include "properties/relations/references.h"
#include "properties/relations/relation.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

struct SlowReference {
  std::string_view scheduler;
  std::optional<Violation> (*check)(const Case& value, const SchedulerMaker& maker);
};
constexpr std::array<SlowReference, 6> kReferences = {
    {{"tf-shared", &check_shared_reference},
     {"tf-jit", &check_jit_reference},
     {"naive-full-batch", &check_naive_reference},
     {"tf-adaptive", &check_adaptive_reference},
     {"tf-serial-device", &check_serial_reference},
     {"tf-streaming", &check_streaming_reference}}};

const SlowReference* find_reference(std::string_view scheduler) {
  const auto found =
      std::find_if(kReferences.begin(), kReferences.end(),
                   [&](const SlowReference& known) { return known.scheduler == scheduler; });
  return found == kReferences.end() ? nullptr : &*found;
}

// At least as many as the requests of a case can be cut into.
std::int64_t most_pieces(const Case& value, const RunRules& rules) {
  std::int64_t smallest = INT64_MAX;
  const auto take = [&](const std::string& size) {
    const std::int64_t rows = number_of(size);
    smallest = rows > 0 ? std::min(smallest, rows) : smallest;
    return false;
  };
  const bool splits = rules.any_flag("enable_large_batch_splitting");
  for (const std::string_view size : {"max_batch_size", "max_execution_batch_size"}) {
    static_cast<void>(splits && any_value(value, rules, size, take));
  }
  std::int64_t pieces = 0;
  for (const CaseEvent& event : value.events) {
    pieces += event.kind == CaseEventKind::kArrive ? event.rows / smallest + 1 : 0;
  }
  return pieces;
}

std::string_view reference_not_checked(const Case& value, const RunRules& rules) {
  if (find_reference(value.scheduler) == nullptr) {
    return "there is no second model of it here";
  }
  // The model of tf-adaptive looks at every waiting batch each time.
  const std::int64_t limit = value.scheduler == "tf-adaptive" ? 4'000 : 20'000;
  return most_pieces(value, rules) > limit ? "the second model takes too long for so many pieces"
                                           : "";
}

std::optional<Violation> check_reference(const Case& value, const SchedulerMaker& maker) {
  if (const Result<MadeScheduler> made = maker(value); made && made->rules.flag("retrier")) {
    if (std::optional<Violation> found = check_retrier_reference(value, maker)) {
      return found;
    }
  }
  return find_reference(value.scheduler)->check(value, maker);
}

}  // namespace

Case plain_twin(const Case& value, bool keep_closings) {
  Case twin = value;
  twin.device.clear();
  twin.faults.clear();
  twin.ties.clear();
  twin.events.clear();
  SimDuration skipped{0};
  for (CaseEvent event : value.events) {
    event.gap += skipped;
    skipped = event.gap;
    if (event.kind == CaseEventKind::kArrive ||
        (keep_closings && event.kind == CaseEventKind::kCloseQueue)) {
      event.rows = std::clamp(event.rows, 1u, kMaxRequestRows);
      twin.events.push_back(event);
      skipped = SimDuration{0};
    }
  }
  if (twin.executions.empty()) {
    twin.executions.push_back({.takes = SimDuration{1'000'000}});
  }
  for (CaseExecution& execution : twin.executions) {
    execution.status = execution.status == Status::kOk ? Status::kOk : Status::kInternal;
  }
  return twin;
}

Case shortened(Case value, SimDuration longest) {
  for (CaseEvent& event : value.events) {
    event.gap = std::min(event.gap, longest);
  }
  for (CaseExecution& execution : value.executions) {
    execution.waits = std::min(execution.waits, longest);
    execution.takes = std::min(execution.takes, longest);
  }
  return value;
}

std::vector<ResolvedEvent> resolved_events(const Case& value) {
  constexpr std::uint32_t kQueues = 64;
  constexpr std::uint32_t kUnused = UINT32_MAX;
  std::vector<std::uint32_t> ids(kQueues, kUnused);
  std::vector<bool> closed(kQueues);
  auto used = static_cast<std::uint32_t>(std::min<std::size_t>(value.queues.size(), kQueues));
  for (std::uint32_t queue = 0; queue < used; ++queue) {
    ids[queue] = queue;
  }
  std::vector<ResolvedEvent> events;
  SimTime now{};
  for (const CaseEvent& event : value.events) {
    now += event.gap;
    const std::uint32_t number = event.queue % kQueues;
    const bool closes = event.kind == CaseEventKind::kCloseQueue;
    if (closed[number] || (closes && ids[number] == kUnused)) {
      continue;
    }
    if (ids[number] == kUnused) {
      ids[number] = used++;
    }
    closed[number] = closes;
    events.push_back({now, closes, ids[number], event.rows, event.priority,
                      closes ? SimDuration{0} : event.timeout});
  }
  return events;
}

std::optional<Violation> compare_logs(const std::vector<std::string>& expected,
                                      const std::vector<std::string>& found) {
  for (std::size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
    const std::string wanted = i < expected.size() ? expected[i] : "nothing more";
    const std::string got = i < found.size() ? found[i] : "nothing more";
    if (wanted != got) {
      std::string text = "found '";
      text.append(got).append("', the second model says '").append(wanted);
      text.append("', alike for ").append(std::to_string(i)).append(" steps before");
      return Violation{.property = "M7", .found = std::move(text)};
    }
  }
  return std::nullopt;
}

Relation m7_reference() {
  return {.id = "M7",
          .name = "second-model",
          .formula = "the same batches, members, times and ends as a slow model of the rules",
          .source = "verification 3.4 M7; TF 2.1 to 2.11, 2.14 to 2.16, 3.1, 3.2",
          .not_checked = &reference_not_checked,
          .check = &check_reference};
}

}  // namespace lockstep
