#include "properties/conformance_scenario.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "core/limits.h"
#include "properties/conformance_words.h"
#include "properties/json_fields.h"

namespace lockstep {
namespace {

using Kind = LocatedJson::Kind;
using Scenario = ConformanceScenario;

Located<void> read_queues(const LocatedJson& json, Scenario& scenario) {
  if (Located<void> is_list = expect_kind(json, Kind::kArray); !is_list) {
    return is_list;
  }
  for (const LocatedJson& entry : json.items) {
    if (entry.kind != Kind::kArray || entry.items.size() != 2 ||
        entry.items[0].kind != Kind::kString || entry.items[0].text.empty()) {
      return wrong_at(entry.column, "found " + std::string(kind_name(entry.kind)) +
                                        ", expected [name, {options}]");
    }
    const std::string& name = entry.items[0].text;
    if (std::count(scenario.queues.begin(), scenario.queues.end(), name) > 0) {
      return wrong_at(entry.items[0].column, "found queue '" + name + "' twice, expected it once");
    }
    scenario.queues.push_back(name);
    if (Located<void> read = scenario.settings->read_queue(entry.items[1]); !read) {
      return read;
    }
  }
  if (json.items.empty()) {
    return wrong_at(json.column, "found no queue, expected at least one");
  }
  return {};
}

Located<void> read_hold(const LocatedJson& json, Scenario& scenario) {
  if (json.kind == Kind::kString) {
    scenario.hold_all = true;
    return json.text == "all"
               ? Located<void>{}
               : wrong_at(json.column, "found '" + json.text + "', expected \"all\" or a list");
  }
  std::vector<std::int64_t> held;
  Located<void> read = read_into(json, held);
  scenario.held.insert(held.begin(), held.end());
  if (read && !scenario.held.empty() && *scenario.held.begin() < 1) {
    return wrong_at(json.column, "found dispatch " + std::to_string(*scenario.held.begin()) +
                                     ", expected numbers from 1");
  }
  return read;
}

Located<void> read_micros(const LocatedJson& json, std::int64_t key_min,
                          std::map<std::int64_t, std::int64_t>& into) {
  const NumberedLimits limits{
      .key_min = key_min, .value_max = kMaxTimeNs / 4000, .value_words = "microseconds"};
  return read_by_number(json, limits,
                        [&](std::int64_t key, std::int64_t micros) { into[key] = micros; });
}

// Read beforehand (the others need it) or afterwards (it needs the queues).
Located<void> expect_text(const LocatedJson& value, Scenario& /*scenario*/) {
  return expect_kind(value, Kind::kString);
}

constexpr std::array<Field<Scenario>, 11> kScenarioFields = {{
    {"id", true, [](const LocatedJson& v, Scenario& s) { return read_into(v, s.id); }},
    {"sched", false, &expect_text},
    {"thr", true, [](const LocatedJson& v, Scenario& s) { return read_into(v, s.thread_count); }},
    {"queues", true, &read_queues},
    {"events", true, &expect_text},
    {"expect", true, &expect_text},
    {"hold", false, &read_hold},
    {"dur", false,
     [](const LocatedJson& v, Scenario& s) { return read_micros(v, 1, s.durations_us); }},
    {"dur_rows", false,
     [](const LocatedJson& v, Scenario& s) { return read_micros(v, 0, s.durations_by_rows_us); }},
    {"pending", false,
     [](const LocatedJson& v, Scenario& s) {
       const NumberedLimits limits{.value_max = kMaxLanes, .value_words = "a number of batches"};
       return read_by_number(v, limits, [&](std::int64_t dispatch, std::int64_t count) {
         s.pending[dispatch] = count;
       });
     }},
    {"crit", false,
     [](const LocatedJson& v, Scenario& s) { return read_into(v, s.with_criticality); }},
}};
constexpr std::span<const Field<Scenario>> kFields = kScenarioFields;

Located<void> read_kind(const LocatedJson& json, Scenario& scenario) {
  const LocatedJson* kind = json.find("sched");
  if (kind != nullptr && kind->kind != Kind::kString) {
    return expect_kind(*kind, Kind::kString);
  }
  scenario.settings = make_conformance_settings(kind == nullptr ? "shared" : kind->text);
  if (scenario.settings == nullptr) {
    return wrong_at(kind->column, "found scheduler '" + kind->text + "', expected one of " +
                                      conformance_kind_names());
  }
  return {};
}

// Keys of the scenario itself, else options of its scheduler.
Located<void> read_scenario(const LocatedJson& json, Scenario& scenario) {
  if (Located<void> is_object = expect_kind(json, Kind::kObject); !is_object) {
    return is_object;
  }
  if (Located<void> kind = read_kind(json, scenario); !kind) {
    return kind;
  }
  for (const LocatedJson::Member& member : json.members) {
    if (const Field<Scenario>* field = find_field(kFields, member.key); field != nullptr) {
      if (Located<void> read = field->read(member.value, scenario); !read) {
        return read;
      }
      continue;
    }
    const Located<bool> taken = scenario.settings->read_option(member);
    if (!taken) {
      return tl::unexpected(taken.error());
    }
    if (!*taken) {
      const std::string options = scenario.settings->option_keys();
      return wrong_at(member.column, "found key '" + member.key + "', expected one of " +
                                         field_keys(kFields) + (options.empty() ? "" : ", ") +
                                         options);
    }
  }
  return check_required(json, kFields);
}

// A release of a dispatch that is not held would do nothing: the scenario means something else.
Located<void> check_releases(const LocatedJson& events, const Scenario& scenario) {
  std::set<std::int64_t> released;
  for (const ConformanceEvent& event : scenario.events) {
    if (event.kind == ConformanceEvent::Kind::kRelease &&
        ((!scenario.hold_all && !scenario.held.contains(event.number)) ||
         !released.insert(event.number).second)) {
      return wrong_at(events.column, "found '" + event.text +
                                         "', expected a dispatch that is held, released once");
    }
  }
  return {};
}

}  // namespace

Located<ConformanceScenario> parse_conformance_scenario(std::string_view line) {
  const Located<LocatedJson> json = parse_located_json(line);
  if (!json) {
    return tl::unexpected(json.error());
  }
  ConformanceScenario scenario;
  if (Located<void> read = read_scenario(*json, scenario); !read) {
    return tl::unexpected(read.error());
  }
  const LocatedJson& events = *json->find("events");
  const LocatedJson& expect = *json->find("expect");
  if (Located<void> read = parse_events(events.text, events.column + 1, scenario); !read) {
    return tl::unexpected(read.error());
  }
  if (Located<void> read = check_releases(events, scenario); !read) {
    return tl::unexpected(read.error());
  }
  if (Located<void> read = parse_expectations(expect.text, expect.column + 1, scenario); !read) {
    return tl::unexpected(read.error());
  }
  return scenario;
}

}  // namespace lockstep
