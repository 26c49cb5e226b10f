#include "properties/reference/tf_full_script.h"

#include <string_view>

namespace lockstep::full_reference {
namespace {

std::string at_text(SimTime time) {
  return "@" + to_text(time.time_since_epoch()) + " ";
}

std::string sizes_text(const std::vector<std::int64_t>& sizes) {
  std::string text = "{";
  for (const std::int64_t size : sizes) {
    text += (text.size() == 1 ? "" : ",") + std::to_string(size);
  }
  return text + "}";
}

std::string_view name_of(TfPaddingPolicy policy) {
  switch (policy) {
    case TfPaddingPolicy::kPadUp:
      return "PAD_UP";
    case TfPaddingPolicy::kBatchDown:
      return "BATCH_DOWN";
    case TfPaddingPolicy::kMinimizeCost:
      return "MINIMIZE_TPU_COST_PER_REQUEST";
  }
  return "?";
}

std::string_view name_of(TfMixedPolicy policy) {
  switch (policy) {
    case TfMixedPolicy::kPadToMaximum:
      return "low_priority_padding_with_max_batch_size";
    case TfMixedPolicy::kPadToNextAllowed:
      return "low_priority_padding_with_next_allowed_batch_size";
    case TfMixedPolicy::kIsolation:
      return "priority_isolation";
    case TfMixedPolicy::kMerge:
      return "priority_merge";
  }
  return "?";
}

std::string text_of(const TfQueueExtras& extras) {
  std::string text;
  if (extras.enable_large_batch_splitting) {
    text +=
        ", splitting, max_execution_batch_size " + std::to_string(extras.max_execution_batch_size);
  }
  if (!extras.allowed_batch_sizes.empty()) {
    text += ", allowed " + sizes_text(extras.allowed_batch_sizes);
  }
  text += ", " + std::string(name_of(extras.batch_padding_policy));
  for (const TfBatchCost& cost : extras.batch_costs) {
    text += ", cost of " + std::to_string(cost.rows) + " " + to_text(cost.cost);
  }
  text += extras.disable_padding ? ", disable_padding" : "";
  if (extras.enable_priority_queue) {
    text += ", two classes, " + std::string(name_of(extras.mixed_priority_batching_policy)) +
            ", low: max_execution_batch_size " +
            std::to_string(extras.low.max_execution_batch_size) + ", batch_timeout_micros " +
            std::to_string(extras.low.batch_timeout_micros) + ", max_enqueued_batches " +
            std::to_string(extras.low.max_enqueued_batches) + ", allowed " +
            sizes_text(extras.low.allowed_batch_sizes);
  }
  if (extras.enable_priority_aware_batch_scheduler) {
    text += ", priority-aware, max_queue_depth " + std::to_string(extras.max_queue_depth);
    text += extras.enable_task_resplit ? ", enable_task_resplit" : "";
    text += extras.enable_lazy_cancellation_filtering ? ", lazy filtering" : "";
  }
  return text;
}

std::string text_of(const TfQueueOptions& queue) {
  return "input_batch_size_limit " + std::to_string(queue.max_batch_size) +
         ", batch_timeout_micros " + std::to_string(queue.batch_timeout_micros) +
         ", max_enqueued_batches " + std::to_string(queue.max_enqueued_batches) +
         text_of(queue.extras);
}

std::string text_of(const Execution& execution) {
  std::string text = execution.waits.count() == 0 ? "" : to_text(execution.waits) + "+";
  text += to_text(execution.takes);
  if (execution.held_until > SimTime{}) {
    text += " held until " + to_text(execution.held_until.time_since_epoch());
  }
  return text + (execution.fails ? " fails" : "");
}

std::string text_of(const Dispatch& dispatch) {
  std::string text = at_text(dispatch.at) + "q" + std::to_string(dispatch.queue) + " lane" +
                     std::to_string(dispatch.lane) + " [";
  for (const Member& member : dispatch.members) {
    text += (text.back() == '[' ? "" : " ") + std::string(member.padding ? "pad " : "") + "r" +
            std::to_string(member.request) + "+" + std::to_string(member.first_row) + ":" +
            std::to_string(member.rows);
  }
  return text + "] opened " + to_text(dispatch.opened.time_since_epoch()) + ", executes " +
         std::to_string(dispatch.padded_rows) + " rows";
}

std::string text_of(const End& end) {
  return at_text(end.at) + "r" + std::to_string(end.request) +
         " ends: " + std::string(status_name(end.status)) + " " +
         std::string(reason_name(end.reason));
}

std::string text_of(const Probed& probed) {
  return at_text(probed.at) + "q" + std::to_string(probed.queue) + " reports " +
         std::to_string(probed.enqueued_tasks) + " tasks, capacity " +
         std::to_string(probed.capacity);
}

}  // namespace

std::string describe(const LogLine& line) {
  return std::visit([](const auto& alternative) { return text_of(alternative); }, line);
}

std::string describe(const Script& script) {
  const TfSharedOptions& options = script.options;
  std::string text = "num_batch_threads " + std::to_string(options.num_batch_threads) +
                     (options.rank_queues ? ", rank_queues" : "");
  for (std::size_t queue = 0; queue < options.queues.size(); ++queue) {
    text += "\n  q" + std::to_string(queue) + ": " + text_of(options.queues[queue]);
  }
  text += "\n  other queues: " +
          text_of(TfQueueOptions{options.max_batch_size, options.batch_timeout_micros,
                                 options.max_enqueued_batches, options.extras});
  text += "\n  batches take";
  for (const Execution& execution : script.executions) {
    text += " " + text_of(execution);
  }
  std::uint64_t request = 0;
  for (const OutsideEvent& event : script.events) {
    text += "\n  " + at_text(event.at) + "q" + std::to_string(event.queue);
    switch (event.kind) {
      case EventKind::kArrive:
        text += " r" + std::to_string(request++) + ", rows " + std::to_string(event.rows) +
                ", priority " + std::to_string(event.priority);
        text += event.timeout.count() == 0 ? "" : ", client time-out " + to_text(event.timeout);
        break;
      case EventKind::kClose:
        text += " closes";
        break;
      case EventKind::kProbe:
        text += " is probed";
        break;
    }
  }
  return text;
}

}  // namespace lockstep::full_reference
