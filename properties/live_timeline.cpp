#include "properties/live_timeline.h"

#include <fmt/format.h>

#include "core/status.h"

namespace lockstep {
namespace {

std::string event_text(const LiveOperation& operation) {
  switch (operation.kind) {
    case LiveOperationKind::kSubmit:
      return fmt::format("request {} is submitted", operation.request);
    case LiveOperationKind::kCancel:
      return fmt::format("request {} is cancelled by its client", operation.request);
    case LiveOperationKind::kLaunch:
      return fmt::format("lane {}: a batch of {} row{} for the device", raw(operation.lane),
                         operation.rows, operation.rows == 1 ? "" : "s");
    case LiveOperationKind::kComplete:
      return fmt::format("lane {}: the device says {}", raw(operation.lane),
                         status_name(operation.status));
    case LiveOperationKind::kAnswer:
      return fmt::format("request {} is answered {}{}", operation.request,
                         status_name(operation.status),
                         operation.answered == operation.at
                             ? ""
                             : fmt::format(", as of {}", to_text(operation.answered - SimTime{})));
  }
  return {};
}

}  // namespace

std::string live_timeline(const LiveHistory& history) {
  std::string text;
  for (const LiveOperation& operation : history) {
    text += fmt::format("  {:>14}  {}\n", to_text(operation.at - SimTime{}), event_text(operation));
  }
  return text;
}

}  // namespace lockstep
