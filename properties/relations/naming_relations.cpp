// M3, M4, M5: what should make no difference at all.
#include <algorithm>
#include <array>
#include <utility>

#include "core/event_log.h"
#include "core/schedulers/registry.h"
#include "core/server.h"
#include "properties/cases/scripted_world.h"
#include "properties/relations/relation.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

bool is_true(const std::string& text) {
  return text == "true";
}

// --- M3 -----------------------------------------------------------------------------------------

std::string_view renaming_not_checked(const Case& value, const RunRules& rules) {
  if (find_scheduler(value.scheduler) == nullptr) {
    return "nobody says that its priorities decide nothing";
  }
  if (has_option(rules, "max_ready_batches")) {
    return "it orders requests by priority (TF 2.16)";
  }
  for (const std::string_view name :
       {"enable_priority_queue", "enable_priority_aware_batch_scheduler"}) {
    if (any_value(value, rules, name, &is_true)) {
      return "priorities decide (TF 2.7, 2.11)";
    }
  }
  return "";
}

std::optional<Violation> check_renaming(const Case& value, const SchedulerMaker& maker) {
  Case twin = value;
  for (CaseEvent& event : twin.events) {
    event.priority = static_cast<std::uint8_t>((event.priority + 1 + event.rows) % 5);
  }
  return compare_twins("M3", value, twin, maker, {.ignore_priorities = true});
}

// --- M4 -----------------------------------------------------------------------------------------

std::string_view additions_not_checked(const Case& value, const RunRules&) {
  return find_scheduler(value.scheduler) == nullptr ? "its options are not known" : "";
}

bool takes_queues(const Case& value) {
  const SchedulerInfo* info = find_scheduler(value.scheduler);
  return info != nullptr &&
         std::any_of(info->options.begin(), info->options.end(),
                     [](const OptionInfo& option) { return option.scope == OptionScope::kQueue; });
}

std::optional<Violation> check_additions(const Case& value, const SchedulerMaker& maker) {
  const Result<MadeScheduler> made = maker(value);
  if (!made) {
    return std::nullopt;
  }
  Case base = value;
  // All queues stand from the start: one that comes later would stand behind the idle one, and the
  // cursor may have gone on to that (TF 2.4). Faults bring requests to queues of their own choice.
  const bool adds = takes_queues(value) && value.faults.empty();
  for (CaseEvent& event : base.events) {
    event.queue %= 60;
    if (adds && event.queue >= base.queues.size()) {
      base.queues.resize(event.queue + 1);
    }
  }
  Case twin = base;
  twin.options = made->rules.options;  // every option said, also at its default
  if (adds) {
    twin.queues.emplace_back();
  }
  return compare_twins("M4", base, twin, maker, {});
}

// --- M5 -----------------------------------------------------------------------------------------

class JournallingSink final : public EventSink {
 public:
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine&) override { ++lines_; }

 private:
  std::uint64_t lines_ = 0;
};

std::string_view observation_not_checked(const Case& value, const RunRules&) {
  return is_scripted(value) ? "" : "scripted runs decide it";
}

std::optional<Violation> check_observation(const Case& value, const SchedulerMaker& maker) {
  const std::optional<RunRecord> observed = run_twin(value, maker);
  if (!observed || !observed->broken_rule.empty() || !observed->rules.parts.complete) {
    return std::nullopt;
  }
  JournallingSink journalling;
  for (EventSink* sink : std::array<EventSink*, 2>{nullptr, &journalling}) {
    Result<MadeScheduler> made = maker(value);
    if (!made) {
      return std::nullopt;
    }
    Server server(std::move(made->scheduler), {.lane_count = made->rules.lane_count}, sink);
    const bool ended = ScriptedWorld(value, server).run();
    static_cast<void>(server.report_unanswered());
    if (!ended || server.digest() != observed->digest) {
      return Violation{.property = "M5",
                       .found = sink == nullptr ? "another digest when nobody watches"
                                                : "another digest with a journal",
                       .at = observed->now};
    }
  }
  return std::nullopt;
}

}  // namespace

Relation m3_renaming() {
  return {.id = "M3",
          .name = "renaming",
          .formula = "other priorities, where no option is about them: the same decisions",
          .source = "verification 3.4 M3",
          .not_checked = &renaming_not_checked,
          .check = &check_renaming};
}

Relation m4_idle_additions() {
  return {.id = "M4",
          .name = "idle-additions",
          .formula = "a queue without traffic, every default said: the same decisions",
          .source = "verification 3.4 M4",
          .not_checked = &additions_not_checked,
          .check = &check_additions};
}

Relation m5_observation() {
  return {.id = "M5",
          .name = "observation",
          .formula = "observed, journalled, or neither: the same digest",
          .source = "verification 3.4 M5",
          .not_checked = &observation_not_checked,
          .check = &check_observation};
}

}  // namespace lockstep
