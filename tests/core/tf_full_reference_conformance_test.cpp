// The slow reference alone against the conformance scenarios: what it is compared with is not what
// it was written from. Grammar: TF 4.1.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "properties/reference/tf_full_reference.h"

namespace lockstep::full_reference {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBatchesMax = 64;

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

SimTime micros(std::int64_t count) {
  return at_ns(1000 * count);
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find("; ", begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return parts;
}

template <typename Value>
Value value_or(const Json& object, const char* key, Value otherwise) {
  return object.contains(key) ? object.at(key).get<Value>() : std::move(otherwise);
}

TfQueueOptions queue_of(const Json& json) {
  static const std::map<std::string, TfMixedPolicy> kMixes = {
      {"maxpad", TfMixedPolicy::kPadToMaximum},
      {"nextpad", TfMixedPolicy::kPadToNextAllowed},
      {"isolate", TfMixedPolicy::kIsolation},
      {"merge", TfMixedPolicy::kMerge}};
  static const std::map<std::string, TfPaddingPolicy> kPads = {
      {"PAD_UP", TfPaddingPolicy::kPadUp},
      {"BATCH_DOWN", TfPaddingPolicy::kBatchDown},
      {"MINIMIZE_TPU_COST_PER_REQUEST", TfPaddingPolicy::kMinimizeCost}};
  TfQueueOptions queue;
  TfQueueExtras& extras = queue.extras;
  queue.max_batch_size = json.at("lim");
  queue.batch_timeout_micros = json.at("to");
  queue.max_enqueued_batches = json.at("M");
  extras.enable_large_batch_splitting = value_or(json, "split", false);
  extras.max_execution_batch_size = value_or<std::int64_t>(json, "exec", 1000);
  extras.allowed_batch_sizes = value_or(json, "allowed", std::vector<std::int64_t>{});
  extras.disable_padding = value_or(json, "nopad", false);
  extras.batch_padding_policy = kPads.at(value_or<std::string>(json, "pad", "PAD_UP"));
  extras.enable_priority_queue = value_or(json, "prio", false);
  extras.mixed_priority_batching_policy = kMixes.at(value_or<std::string>(json, "mix", "maxpad"));
  extras.enable_priority_aware_batch_scheduler = json.contains("paware");
  extras.max_queue_depth = value_or<std::int64_t>(json, "paware", 200);
  extras.enable_task_resplit = value_or(json, "resplit", false);
  if (json.contains("low")) {
    const Json& low = json.at("low");
    extras.low = {low.at("exec"), low.at("to"), low.at("M"),
                  value_or(low, "allowed", std::vector<std::int64_t>{})};
  }
  for (const auto& [rows, cost] : value_or(json, "cost", std::map<std::string, std::int64_t>{})) {
    extras.batch_costs.push_back(
        {static_cast<std::uint32_t>(number(rows)), std::chrono::microseconds(cost)});
  }
  return queue;
}

// One line of a file: what happens, and what must follow.
struct Case {
  Script script;
  std::vector<std::string> queue_names;
  std::map<std::uint64_t, std::string> refusals;      // request -> code
  std::vector<std::pair<bool, std::int64_t>> probes;  // in order: is it num or cap, and the value
  std::string evicted;                                // "a,b": the last such list
  std::map<std::string, std::uint64_t> requests;      // names
};

std::uint32_t queue_number(const Case& scenario, const std::string& name) {
  const auto& names = scenario.queue_names;
  return static_cast<std::uint32_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

// "q+5:CP=a !UNAVAILABLE"
void add_arrival(Case& scenario, SimTime at, const std::string& text, std::uint64_t request) {
  static const std::map<std::string, std::uint8_t> kPriorities = {
      {"", 0}, {"S", 1}, {"SP", 2}, {"C", 3}, {"CP", 4}};
  const std::size_t plus = text.find('+');
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::size_t equals = std::min(text.find('='), space);
  const std::size_t colon = std::min(text.find(':'), equals);
  OutsideEvent event{.at = at};
  event.queue = queue_number(scenario, text.substr(0, plus));
  event.rows = static_cast<std::uint32_t>(number(text.substr(plus + 1, colon - plus - 1)));
  event.priority = kPriorities.at(colon < equals ? text.substr(colon + 1, equals - colon - 1) : "");
  if (equals < space) {
    scenario.requests[text.substr(equals + 1, space - equals - 1)] = request;
  }
  if (space < text.size()) {
    scenario.refusals[request] = text.substr(space + 2);
  }
  scenario.script.events.push_back(event);
}

void add_event(Case& scenario, const std::string& text, std::uint64_t& requests) {
  const std::size_t space = text.find(' ');
  const SimTime at = micros(number(text.substr(1, space)));
  const std::string what = text.substr(space + 1);
  const std::size_t asks = what.find('?');
  const std::size_t evicted = what.find(" evicted {");
  if (what.starts_with("rel ")) {
    scenario.script.executions[static_cast<std::size_t>(number(what.substr(4))) - 1].held_until =
        at;
  } else if (what.starts_with("close ")) {
    scenario.script.events.push_back(
        {.at = at, .kind = EventKind::kClose, .queue = queue_number(scenario, what.substr(6))});
  } else if (asks != std::string::npos) {
    scenario.script.events.push_back({.at = at,
                                      .kind = EventKind::kProbe,
                                      .queue = queue_number(scenario, what.substr(0, asks))});
    scenario.probes.emplace_back(what.substr(asks + 1, 3) == "num", number(what.substr(asks + 5)));
  } else if (evicted != std::string::npos) {
    scenario.evicted = what.substr(evicted + 10, what.size() - evicted - 11);
  } else {
    add_arrival(scenario, at, what, requests++);
  }
}

Case case_of(const Json& json) {
  Case scenario;
  scenario.script.options.num_batch_threads = json.at("thr");
  scenario.script.options.rank_queues = value_or(json, "rank", false);
  for (const Json& queue : json.at("queues")) {
    scenario.queue_names.push_back(queue.at(0));
    scenario.script.options.queues.push_back(queue_of(queue.at(1)));
  }
  scenario.script.executions.resize(kBatchesMax);
  const Json hold = value_or(json, "hold", Json::array());
  for (std::size_t batch = 0; batch < kBatchesMax; ++batch) {
    const bool held = hold.is_string() || std::count(hold.begin(), hold.end(), batch + 1) > 0;
    scenario.script.executions[batch].held_until = held ? kForever : SimTime{};
  }
  for (const auto& [batch, duration] :
       value_or(json, "dur", std::map<std::string, std::int64_t>{})) {
    scenario.script.executions[static_cast<std::size_t>(number(batch)) - 1].takes =
        std::chrono::microseconds(duration);
  }
  std::uint64_t requests = 0;
  for (const std::string& event : parts_of(json.at("events"))) {
    if (event.starts_with("@")) {
      add_event(scenario, event, requests);
    }
  }
  return scenario;
}

// "[2,4]" or "[2:C,4:S]"
std::string sizes_text(const Case& scenario, const Dispatch& dispatch, bool padding, bool crit) {
  static const std::vector<std::string> kCodes = {"C", "S", "SP", "C", "CP"};
  std::vector<OutsideEvent> arrivals;
  for (const OutsideEvent& event : scenario.script.events) {
    if (event.kind == EventKind::kArrive) {
      arrivals.push_back(event);
    }
  }
  std::string text;
  for (const Member& member : dispatch.members) {
    if (member.padding == padding) {
      text += (text.empty() ? "" : ",") + std::to_string(member.rows);
      text += crit ? ":" + kCodes.at(arrivals.at(member.request).priority) : "";
    }
  }
  return text;
}

struct Seen {
  std::string dispatches;
  std::string evicted;
  std::map<std::uint64_t, std::string> refusals;
  std::vector<Probed> probes;
  std::map<std::string, std::int64_t> drained;  // closed queues, microseconds
};

Seen seen_in(const Case& scenario, const Log& log, bool crit) {
  Seen seen;
  for (const OutsideEvent& event : scenario.script.events) {
    if (event.kind == EventKind::kClose) {
      seen.drained[scenario.queue_names[event.queue]] = ns_of(event.at) / 1000;
    }
  }
  std::size_t batch = 0;
  for (const LogLine& line : log.lines) {
    if (const auto* dispatch = std::get_if<Dispatch>(&line)) {
      const std::string& queue = scenario.queue_names[dispatch->queue];
      const std::string pad = sizes_text(scenario, *dispatch, true, crit);
      seen.dispatches += (batch == 0 ? "#" : "; #") + std::to_string(batch + 1) + "@" +
                         std::to_string(ns_of(dispatch->at) / 1000) + " " + queue + "[" +
                         sizes_text(scenario, *dispatch, false, crit) + "]" +
                         (pad.empty() ? "" : "+pad[" + pad + "]");
      const SimTime finish = scenario.script.execution(batch++).finish(dispatch->at);
      if (seen.drained.contains(queue)) {
        seen.drained[queue] = std::max(seen.drained[queue], ns_of(finish) / 1000);
      }
    } else if (const auto* end = std::get_if<End>(&line)) {
      if (end->reason == Reason::kEvicted) {
        for (const auto& [name, request] : scenario.requests) {
          seen.evicted += request == end->request ? (seen.evicted.empty() ? "" : ",") + name : "";
        }
      } else if (end->status != Status::kOk) {
        seen.refusals[end->request] = status_name(end->status);
      }
    } else {
      seen.probes.push_back(std::get<Probed>(line));
    }
  }
  return seen;
}

void check(const Json& json) {
  const Case scenario = case_of(json);
  Marks marks;
  const Log log = run_reference(scenario.script, marks);
  const std::string expect = json.at("expect");
  ASSERT_EQ(!log.options_error.empty(), expect.starts_with("ERR"));
  if (!log.options_error.empty()) {
    return;
  }
  const Seen seen = seen_in(scenario, log, value_or(json, "crit", false));
  std::string dispatches;
  for (const std::string& part : parts_of(expect)) {
    if (part.starts_with("#")) {
      dispatches += (dispatches.empty() ? "" : "; ") + part;
    } else {  // closed(q)@10
      const std::size_t end = part.find(')');
      const std::string queue = part.substr(7, end - 7);
      EXPECT_EQ(seen.drained.at(queue), number(part.substr(end + 2))) << queue;
    }
  }
  EXPECT_EQ(seen.dispatches, dispatches);
  EXPECT_EQ(seen.refusals, scenario.refusals);
  EXPECT_EQ(seen.evicted, scenario.evicted);
  ASSERT_EQ(seen.probes.size(), scenario.probes.size());
  for (std::size_t i = 0; i < seen.probes.size(); ++i) {
    const auto& [is_count, value] = scenario.probes[i];
    const auto tasks = static_cast<std::int64_t>(seen.probes[i].enqueued_tasks);
    EXPECT_EQ(is_count ? tasks : seen.probes[i].capacity, value) << "probe " << i;
  }
}

int check_file(const std::string& name) {
  std::ifstream file(std::string(LOCKSTEP_SOURCE_DIR) + "/tests/conformance/" + name);
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const Json json = Json::parse(line);
    SCOPED_TRACE(json.at("id").get<std::string>());
    check(json);
  }
  return count;
}

TEST(TfFullReference, AgreesWithUpstreamsTests) {
  EXPECT_EQ(check_file("tf_shared.jsonl"), 65);
}

TEST(TfFullReference, AgreesWithTheScenariosOfTheRules) {
  EXPECT_GE(check_file("tf_rules.jsonl"), 37);
}

}  // namespace
}  // namespace lockstep::full_reference
