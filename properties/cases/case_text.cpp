#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/limits.h"
#include "properties/cases/case.h"
#include "properties/json_fields.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, kCaseEventKindCount> kEventWords = {
    "arrive", "cancel", "close-queue", "lane-down", "lane-up"};

// --- writing -------------------------------------------------------------------------------------

template <typename Value>
void put(Json& json, const char* key, const Value& value, const Value& usual) {
  if (value != usual) {
    json[key] = value;
  }
}

Json options_json(const OptionValues& options) {
  Json json = Json::object();
  for (const auto& [name, value] : options) {
    json[name] = value;
  }
  return json;
}

Json event_json(const CaseEvent& event) {
  const CaseEvent usual;
  Json json = Json::object();
  put(json, "gap", event.gap.count(), usual.gap.count());
  if (event.kind != usual.kind) {
    json["kind"] = kEventWords[static_cast<std::size_t>(event.kind)];
  }
  put(json, "queue", event.queue, usual.queue);
  put(json, "rows", event.rows, usual.rows);
  put(json, "priority", event.priority, usual.priority);
  put(json, "timeout", event.timeout.count(), usual.timeout.count());
  put(json, "request", event.request, usual.request);
  put(json, "lane", event.lane, usual.lane);
  put(json, "lost", event.lost, usual.lost);
  return json;
}

Json execution_json(const CaseExecution& execution) {
  const CaseExecution usual;
  Json json = Json::object();
  put(json, "waits", execution.waits.count(), usual.waits.count());
  put(json, "takes", execution.takes.count(), usual.takes.count());
  if (execution.status != usual.status) {
    json["status"] = status_name(execution.status);
  }
  return json;
}

// --- reading -------------------------------------------------------------------------------------

template <typename Number>
Located<void> read_number(const LocatedJson& value, Number& into) {
  std::int64_t number = 0;
  if (Located<void> read = read_into(value, number); !read) {
    return read;
  }
  const std::int64_t most = std::min<std::uint64_t>(std::numeric_limits<Number>::max(), kMaxTimeNs);
  if (number < 0 || number > most) {
    return wrong_at(value.column,
                    fmt::format("found {}, expected a number from 0 to {}", number, most));
  }
  into = static_cast<Number>(number);
  return {};
}

Located<void> read_time(const LocatedJson& value, SimDuration& into) {
  std::int64_t number = 0;
  if (Located<void> read = read_number(value, number); !read) {
    return read;
  }
  into = SimDuration{number};
  return {};
}

Located<void> read_options(const LocatedJson& value, OptionValues& into) {
  if (Located<void> object = expect_kind(value, LocatedJson::Kind::kObject); !object) {
    return object;
  }
  for (const LocatedJson::Member& member : value.members) {
    if (Located<void> read = read_into(member.value, into.emplace_back(member.key, "").second);
        !read) {
      return read;
    }
  }
  return {};
}

Located<void> read_status(const LocatedJson& value, Status& into) {
  std::string text;
  if (Located<void> read = read_into(value, text); !read) {
    return read;
  }
  const std::optional<Status> status = parse_status(text);
  if (!status) {
    return wrong_at(value.column, "found '" + text + "', expected a status such as INTERNAL");
  }
  into = *status;
  return {};
}

constexpr std::array<Field<CaseEvent>, 9> kEventFields = {{
    {"gap", false, [](const auto& v, CaseEvent& e) { return read_time(v, e.gap); }},
    {"kind", false, [](const auto& v, CaseEvent& e) { return read_word(v, kEventWords, e.kind); }},
    {"queue", false, [](const auto& v, CaseEvent& e) { return read_number(v, e.queue); }},
    {"rows", false, [](const auto& v, CaseEvent& e) { return read_number(v, e.rows); }},
    {"priority", false, [](const auto& v, CaseEvent& e) { return read_number(v, e.priority); }},
    {"timeout", false, [](const auto& v, CaseEvent& e) { return read_time(v, e.timeout); }},
    {"request", false, [](const auto& v, CaseEvent& e) { return read_number(v, e.request); }},
    {"lane", false, [](const auto& v, CaseEvent& e) { return read_number(v, e.lane); }},
    {"lost", false, [](const auto& v, CaseEvent& e) { return read_into(v, e.lost); }},
}};

constexpr std::array<Field<CaseExecution>, 3> kExecutionFields = {{
    {"waits", false, [](const auto& v, CaseExecution& e) { return read_time(v, e.waits); }},
    {"takes", false, [](const auto& v, CaseExecution& e) { return read_time(v, e.takes); }},
    {"status", false, [](const auto& v, CaseExecution& e) { return read_status(v, e.status); }},
}};

// Each item through `read`.
template <typename Item, typename Read>
Located<void> read_list(const LocatedJson& value, std::vector<Item>& into, Read&& read) {
  if (Located<void> array = expect_kind(value, LocatedJson::Kind::kArray); !array) {
    return array;
  }
  for (const LocatedJson& item : value.items) {
    if (Located<void> done = read(item, into.emplace_back()); !done) {
      return done;
    }
  }
  return {};
}

Located<void> read_events(const LocatedJson& value, Case& into) {
  return read_list(value, into.events, [](const LocatedJson& item, CaseEvent& event) {
    return read_object(item, std::span<const Field<CaseEvent>>(kEventFields), event);
  });
}

Located<void> read_executions(const LocatedJson& value, Case& into) {
  return read_list(value, into.executions, [](const LocatedJson& item, CaseExecution& execution) {
    return read_object(item, std::span<const Field<CaseExecution>>(kExecutionFields), execution);
  });
}

constexpr std::array<Field<Case>, 10> kCaseFields = {{
    {"scheduler", true, [](const auto& v, Case& c) { return read_into(v, c.scheduler); }},
    {"options", false, [](const auto& v, Case& c) { return read_options(v, c.options); }},
    {"queues", false, [](const auto& v, Case& c) { return read_list(v, c.queues, read_options); }},
    {"seed", false, [](const auto& v, Case& c) { return read_number(v, c.seed); }},
    {"events", false, read_events},
    {"executions", false, read_executions},
    {"ties", false,
     [](const auto& v, Case& c) { return read_list(v, c.ties, read_number<std::uint8_t>); }},
    {"device", false, [](const auto& v, Case& c) { return read_into(v, c.device); }},
    {"faults", false, [](const auto& v, Case& c) { return read_into(v, c.faults); }},
    {"gpus", false, [](const auto& v, Case& c) { return read_number(v, c.gpus); }},
}};

}  // namespace

std::string case_text(const Case& value) {
  const Case usual;
  Json json = Json::object();
  json["scheduler"] = value.scheduler;
  put(json, "options", options_json(value.options), Json::object());
  Json queues = Json::array();
  for (const OptionValues& queue : value.queues) {
    queues.push_back(options_json(queue));
  }
  put(json, "queues", queues, Json::array());
  put(json, "seed", value.seed, usual.seed);
  put(json, "device", value.device, usual.device);
  put(json, "faults", value.faults, usual.faults);
  put(json, "gpus", value.gpus, usual.gpus);
  Json events = Json::array();
  for (const CaseEvent& event : value.events) {
    events.push_back(event_json(event));
  }
  json["events"] = std::move(events);
  Json executions = Json::array();
  for (const CaseExecution& execution : value.executions) {
    executions.push_back(execution_json(execution));
  }
  put(json, "executions", executions, Json::array());
  put(json, "ties", Json(value.ties), Json::array());
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

Located<Case> case_from_json(const LocatedJson& json) {
  Case value;
  if (Located<void> read = read_object(json, std::span<const Field<Case>>(kCaseFields), value);
      !read) {
    return tl::unexpected(read.error());
  }
  return value;
}

Result<Case> case_from_text(const std::string& name, const std::string& text) {
  const Located<LocatedJson> json = parse_located_json(text);
  Located<Case> value = json ? case_from_json(*json) : tl::unexpected(json.error());
  if (!value) {
    return bad_input(fmt::format("{}:1:{}: {}", name, value.error().column, value.error().message));
  }
  return std::move(*value);
}

}  // namespace lockstep
