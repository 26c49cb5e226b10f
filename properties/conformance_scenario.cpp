#include "properties/conformance_scenario.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include "core/limits.h"
#include "properties/conformance_words.h"

namespace lockstep {
namespace {

using Kind = LocatedJson::Kind;

// One key of an object of type T: how its value gets in.
template <typename T>
struct Field {
  std::string_view key;
  bool required;
  Located<void> (*read)(const LocatedJson& value, T& into);
};

Located<void> expect_kind(const LocatedJson& value, Kind kind) {
  if (value.kind != kind) {
    return wrong_at(value.column, "found " + std::string(kind_name(value.kind)) + ", expected " +
                                      std::string(kind_name(kind)));
  }
  return {};
}

template <typename T>
Located<void> read_object(const LocatedJson& json, std::span<const Field<T>> fields, T& into) {
  if (Located<void> is_object = expect_kind(json, Kind::kObject); !is_object) {
    return is_object;
  }
  for (const LocatedJson::Member& member : json.members) {
    const auto field = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field<T>& f) { return f.key == member.key; });
    if (field == fields.end()) {
      std::string known;
      for (const Field<T>& f : fields) {
        known += (known.empty() ? "" : ", ") + std::string(f.key);
      }
      return wrong_at(member.column, "found key '" + member.key + "', expected one of " + known);
    }
    if (Located<void> read = field->read(member.value, into); !read) {
      return read;
    }
  }
  for (const Field<T>& field : fields) {
    if (field.required && json.find(field.key) == nullptr) {
      return wrong_at(json.column, "found no key '" + std::string(field.key) + "', expected it");
    }
  }
  return {};
}

Located<void> read_into(const LocatedJson& value, std::int64_t& into) {
  into = value.integer;
  return expect_kind(value, Kind::kInteger);
}
Located<void> read_into(const LocatedJson& value, bool& into) {
  into = value.boolean;
  return expect_kind(value, Kind::kBool);
}
Located<void> read_into(const LocatedJson& value, std::string& into) {
  into = value.text;
  return expect_kind(value, Kind::kString);
}
Located<void> read_into(const LocatedJson& value, std::vector<std::int64_t>& into) {
  for (const LocatedJson& item : value.items) {
    if (Located<void> read = read_into(item, into.emplace_back()); !read) {
      return read;
    }
  }
  return expect_kind(value, Kind::kArray);
}

template <typename Enum, std::size_t kCount>
Located<void> read_word(const LocatedJson& value, const std::array<std::string_view, kCount>& words,
                        Enum& into) {
  std::string known;
  for (std::size_t i = 0; i < kCount; ++i) {
    if (value.kind == Kind::kString && value.text == words[i]) {
      into = static_cast<Enum>(i);
      return {};
    }
    known += (known.empty() ? "" : ", ") + std::string(words[i]);
  }
  return wrong_at(value.column,
                  "found " +
                      (value.kind == Kind::kString ? "'" + value.text + "'"
                                                   : std::string(kind_name(value.kind))) +
                      ", expected one of " + known);
}

// {"2": 10}: a positive number as key, microseconds as value.
template <typename Add>
Located<void> read_micros_by_number(const LocatedJson& json, Add&& add) {
  if (Located<void> is_object = expect_kind(json, Kind::kObject); !is_object) {
    return is_object;
  }
  for (const auto& [key, column, value] : json.members) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
    if (error != std::errc{} || end != key.data() + key.size() || number < 1 ||
        number > std::int64_t{kMaxRequestRows}) {
      return wrong_at(column, "found key '" + key + "', expected a positive number");
    }
    std::int64_t micros = 0;
    if (Located<void> read = read_into(value, micros); !read) {
      return read;
    }
    if (micros < 0 || micros > kMaxTimeNs / 4000) {
      return wrong_at(value.column, "found " + std::to_string(micros) + ", expected microseconds");
    }
    add(number, micros);
  }
  return {};
}

constexpr std::array<std::string_view, 4> kMixWords = {"maxpad", "nextpad", "isolate", "merge"};
constexpr std::array<std::string_view, 3> kPadWords = {"PAD_UP", "BATCH_DOWN",
                                                       "MINIMIZE_TPU_COST_PER_REQUEST"};

using Low = TfLowPriorityOptions;
constexpr std::array<Field<Low>, 5> kLowFields = {{
    {"exec", false,
     [](const LocatedJson& v, Low& o) { return read_into(v, o.max_execution_batch_size); }},
    {"to", false,
     [](const LocatedJson& v, Low& o) { return read_into(v, o.batch_timeout_micros); }},
    {"M", false, [](const LocatedJson& v, Low& o) { return read_into(v, o.max_enqueued_batches); }},
    // Never consulted upstream (TF 1.2).
    {"lim", false, [](const LocatedJson& v, Low& /*o*/) { return expect_kind(v, Kind::kInteger); }},
    {"allowed", false,
     [](const LocatedJson& v, Low& o) { return read_into(v, o.allowed_batch_sizes); }},
}};

using Queue = TfQueueOptions;
constexpr std::array<Field<Queue>, 15> kQueueFields = {{
    {"lim", false, [](const LocatedJson& v, Queue& o) { return read_into(v, o.max_batch_size); }},
    {"to", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.batch_timeout_micros); }},
    {"M", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.max_enqueued_batches); }},
    {"split", false,
     [](const LocatedJson& v, Queue& o) {
       return read_into(v, o.extras.enable_large_batch_splitting);
     }},
    {"exec", false,
     [](const LocatedJson& v, Queue& o) {
       return read_into(v, o.extras.max_execution_batch_size);
     }},
    {"allowed", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.extras.allowed_batch_sizes); }},
    {"nopad", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.extras.disable_padding); }},
    {"pad", false,
     [](const LocatedJson& v, Queue& o) {
       return read_word(v, kPadWords, o.extras.batch_padding_policy);
     }},
    {"cost", false,
     [](const LocatedJson& v, Queue& o) {
       return read_micros_by_number(v, [&](std::int64_t rows, std::int64_t micros) {
         o.extras.batch_costs.push_back(
             TfBatchCost{static_cast<std::uint32_t>(rows), SimDuration{micros * 1000}});
       });
     }},
    {"prio", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.extras.enable_priority_queue); }},
    {"mix", false,
     [](const LocatedJson& v, Queue& o) {
       return read_word(v, kMixWords, o.extras.mixed_priority_batching_policy);
     }},
    {"low", false,
     [](const LocatedJson& v, Queue& o) { return read_object<Low>(v, kLowFields, o.extras.low); }},
    {"paware", false,
     [](const LocatedJson& v, Queue& o) {
       o.extras.enable_priority_aware_batch_scheduler = true;
       return read_into(v, o.extras.max_queue_depth);
     }},
    {"resplit", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.extras.enable_task_resplit); }},
    {"lazy", false,
     [](const LocatedJson& v, Queue& o) {
       return read_into(v, o.extras.enable_lazy_cancellation_filtering);
     }},
}};

Located<void> read_queues(const LocatedJson& json, ConformanceScenario& scenario) {
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
    Queue& options = scenario.options.queues.emplace_back();
    if (Located<void> read = read_object<Queue>(entry.items[1], kQueueFields, options); !read) {
      return read;
    }
  }
  if (json.items.empty()) {
    return wrong_at(json.column, "found no queue, expected at least one");
  }
  return {};
}

Located<void> read_hold(const LocatedJson& json, ConformanceScenario& scenario) {
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

using Scenario = ConformanceScenario;
// events and expect are read afterwards: they need the queues.
constexpr std::array<Field<Scenario>, 9> kScenarioFields = {{
    {"id", true, [](const LocatedJson& v, Scenario& s) { return read_into(v, s.id); }},
    {"thr", true,
     [](const LocatedJson& v, Scenario& s) { return read_into(v, s.options.num_batch_threads); }},
    {"queues", true, &read_queues},
    {"events", true,
     [](const LocatedJson& v, Scenario& /*s*/) { return expect_kind(v, Kind::kString); }},
    {"expect", true,
     [](const LocatedJson& v, Scenario& /*s*/) { return expect_kind(v, Kind::kString); }},
    {"hold", false, &read_hold},
    {"dur", false,
     [](const LocatedJson& v, Scenario& s) {
       return read_micros_by_number(v, [&](std::int64_t dispatch, std::int64_t micros) {
         s.durations_us[dispatch] = micros;
       });
     }},
    {"rank", false,
     [](const LocatedJson& v, Scenario& s) { return read_into(v, s.options.rank_queues); }},
    {"crit", false,
     [](const LocatedJson& v, Scenario& s) { return read_into(v, s.with_criticality); }},
}};

// A release of a dispatch that is not held would do nothing: the scenario means something else.
Located<void> check_releases(const LocatedJson& events, const ConformanceScenario& scenario) {
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
  if (Located<void> read = read_object<Scenario>(*json, kScenarioFields, scenario); !read) {
    return tl::unexpected(read.error());
  }
  // What all queues would have is what queues without options have: equal queues stay plain.
  const TfQueueOptions& first = scenario.options.queues.front();
  scenario.options.max_batch_size = first.max_batch_size;
  scenario.options.batch_timeout_micros = first.batch_timeout_micros;
  scenario.options.max_enqueued_batches = first.max_enqueued_batches;
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
