#include "properties/plugin/exec_messages.h"

#include <fmt/format.h>

#include "core/journal.h"
#include "core/status.h"

namespace lockstep {
namespace {

// A text of ours as JSON: option values and their like, ASCII without control characters.
std::string json_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result + '"';
}

std::string value_json(const ForeignOption& option, const OptionValues& values) {
  const std::string& text = option_text(values, option.name);
  const bool literal = option.type == OptionType::kInteger || option.type == OptionType::kFlag;
  return literal ? text : json_text(text);
}

}  // namespace

std::string describe_message() {
  return fmt::format(R"({{"type":"describe","protocol":{}}})", kExecProtocol);
}

std::string reset_message(const std::vector<ForeignOption>& options, const ForeignConfig& config) {
  std::string values;
  for (const ForeignOption& option : options) {
    values += fmt::format(R"({}"{}":{})", values.empty() ? "" : ",", option.name,
                          value_json(option, config.values));
  }
  return fmt::format(R"({{"type":"reset","lane_count":{},"seed":{},"options":{{{}}}}})",
                     config.lane_count, config.seed, values);
}

std::string input_message(const lockstep_input& input) {
  const auto kind = static_cast<InputKind>(input.kind);
  std::string line = fmt::format(R"({{"type":"{}","input":{},"now_ns":{})", input_kind_name(kind),
                                 input.sequence, input.now_ns);
  const auto add = [&line](std::string_view key, auto value) {
    line += fmt::format(R"(,"{}":{})", key, value);
  };
  const auto add_status = [&] {
    line += fmt::format(R"(,"status":"{}")", status_name(static_cast<Status>(input.status)));
  };
  switch (kind) {
    case InputKind::kArrive:
      add("request", input.request);
      add("queue", input.queue);
      add("rows", input.rows);
      add("priority", input.priority);
      add("timeout_ns", input.timeout_ns);
      add("client", input.client);
      break;
    case InputKind::kBatchDone:
      add("batch", input.batch);
      add("lane", input.lane);
      add("queue", input.queue);
      add_status();
      add("device_time_ns", input.device_time_ns);
      add("device_pending", input.device_pending);
      break;
    case InputKind::kCancel:
      add("request", input.request);
      add("queue", input.queue);
      break;
    case InputKind::kCloseQueue:
      add("queue", input.queue);
      break;
    case InputKind::kLaneDown:
      add("lane", input.lane);
      add_status();
      break;
    case InputKind::kLaneUp:
      add("lane", input.lane);
      break;
    case InputKind::kTimer:
    case InputKind::kStepDone:
      break;
  }
  return line + "}";
}

}  // namespace lockstep
