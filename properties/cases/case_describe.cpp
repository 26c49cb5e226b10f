#include <fmt/format.h>

#include "core/time.h"
#include "properties/cases/case.h"

namespace lockstep {
namespace {

std::string options_text(const OptionValues& options) {
  std::string text;
  for (const auto& [name, value] : options) {
    text += fmt::format("  --set {}={}\n", name, value);
  }
  return text;
}

std::string event_text(const CaseEvent& event, std::uint64_t request) {
  switch (event.kind) {
    case CaseEventKind::kArrive: {
      std::string text = fmt::format("request {} of {} row{} to queue {}", request, event.rows,
                                     event.rows == 1 ? "" : "s", event.queue);
      if (event.priority != 0) {
        text += fmt::format(", priority {}", event.priority);
      }
      if (event.timeout != SimDuration{0}) {
        text += ", wanted within " + to_decimal_text(event.timeout);
      }
      return text;
    }
    case CaseEventKind::kCancel:
      return event.request < request
                 ? fmt::format("the client of request {} cancels", request - 1 - event.request)
                 : "a cancel of nobody";
    case CaseEventKind::kCloseQueue:
      return fmt::format("queue {} is closed", event.queue);
    case CaseEventKind::kLaneDown:
      return fmt::format("lane {} goes down{}", event.lane, event.lost ? " for good" : "");
    case CaseEventKind::kLaneUp:
      return fmt::format("lane {} comes back", event.lane);
  }
  return {};
}

}  // namespace

std::string describe(const Case& value) {
  std::string text = value.scheduler + "\n" + options_text(value.options);
  for (std::size_t queue = 0; queue < value.queues.size(); ++queue) {
    text += fmt::format("queue {} differs:\n{}", queue, options_text(value.queues[queue]));
  }
  if (!value.device.empty()) {
    text += fmt::format("on {} simulated GPU{}: {}\n", value.gpus, value.gpus == 1 ? "" : "s",
                        value.device);
    if (!value.faults.empty()) {
      text += "faults: " + value.faults + "\n";
    }
  }
  SimDuration now{0};
  std::uint64_t requests = 0;
  for (const CaseEvent& event : value.events) {
    now += event.gap;
    text += fmt::format("at {}: {}\n", to_decimal_text(now), event_text(event, requests));
    requests += event.kind == CaseEventKind::kArrive ? 1 : 0;
  }
  if (value.device.empty()) {
    for (std::size_t batch = 0; batch < value.executions.size(); ++batch) {
      const CaseExecution& execution = value.executions[batch];
      text += fmt::format(
          "batch {}{}: takes {}{}{}\n", batch,
          value.executions.size() > 1 ? fmt::format(", and each {} later", value.executions.size())
                                      : " and all others",
          to_decimal_text(execution.takes),
          execution.waits == SimDuration{0} ? ""
                                            : " after waiting " + to_decimal_text(execution.waits),
          execution.status == Status::kOk
              ? ""
              : ", ends with " + std::string(status_name(execution.status)));
    }
    if (!value.ties.empty()) {
      text +=
          "at one instant happens (0: completions, the timer, what comes from "
          "outside, in this order):";
      for (const auto tie : value.ties) {
        text += ' ' + std::to_string(tie);
      }
      text += '\n';
    }
  }
  return text;
}

}  // namespace lockstep
