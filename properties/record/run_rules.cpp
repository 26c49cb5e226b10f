#include "properties/record/run_rules.h"

#include <algorithm>

#include "properties/record/option_units.h"

namespace lockstep {
namespace {

const std::string* find_value(const OptionValues& values, std::string_view name) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == values.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> integer_of(const OptionValues& values, std::string_view name) {
  return find_value(values, name) == nullptr ? std::nullopt
                                             : std::optional(option_integer(values, name));
}

bool flag_of(const OptionValues& values, std::string_view name) {
  return find_value(values, name) != nullptr && option_flag(values, name);
}

}  // namespace

const std::string* RunRules::option(std::string_view name) const {
  return find_value(options, name);
}

bool RunRules::flag(std::string_view name) const {
  return flag_of(options, name);
}

std::optional<std::int64_t> RunRules::integer(std::string_view name) const {
  return integer_of(options, name);
}

const std::string* RunRules::option(QueueId queue, std::string_view name) const {
  const std::string* own = find_value(of(queue).options, name);
  return own != nullptr ? own : option(name);
}

bool RunRules::flag(QueueId queue, std::string_view name) const {
  const bool is_own = find_value(of(queue).options, name) != nullptr;
  return is_own ? flag_of(of(queue).options, name) : flag(name);
}

std::optional<std::int64_t> RunRules::integer(QueueId queue, std::string_view name) const {
  const bool is_own = find_value(of(queue).options, name) != nullptr;
  return is_own ? integer_of(of(queue).options, name) : integer(name);
}

bool RunRules::any_flag(std::string_view name) const {
  return flag(name) || std::any_of(queues.begin(), queues.end(), [&](const QueueRules& queue) {
           return flag_of(queue.options, name);
         });
}

QueueRules queue_rules(const OptionValues& options) {
  QueueRules rules;
  rules.splits = flag_of(options, "enable_large_batch_splitting");
  rules.request_rows_max = integer_of(options, "max_batch_size");
  rules.batch_rows_max = rules.request_rows_max;
  if (const auto input = integer_of(options, "max_input_task_size"); input && rules.splits) {
    // tf-adaptive: what may come is another matter than what fits (TF 3.1); 0 is no limit.
    rules.request_rows_max = *input > 0 ? input : std::nullopt;
  }
  if (const auto execution = integer_of(options, "max_execution_batch_size");
      rules.splits && execution) {
    rules.batch_rows_max = execution;
  }
  rules.batches_max = integer_of(options, "max_enqueued_batches");
  if (const auto timeout = integer_of(options, "batch_timeout_micros")) {
    rules.timeout = option_micros(*timeout);
  }
  if (find_value(options, "allowed_batch_sizes") != nullptr &&
      !flag_of(options, "disable_padding")) {
    rules.allowed_sizes = option_sizes(options, "allowed_batch_sizes");
  }
  const std::string* policy = find_value(options, "batch_padding_policy");
  rules.pads_up =
      (policy == nullptr || *policy == "PAD_UP") && !flag_of(options, "enable_priority_queue");
  return rules;
}

RunRules run_rules(const std::string& scheduler, const OptionValues& options,
                   const std::vector<OptionValues>& queues, const Promises& promises,
                   std::uint32_t lane_count) {
  RunRules rules;
  rules.scheduler = scheduler;
  rules.options = options;
  rules.promises = promises;
  rules.lane_count = lane_count;
  rules.other_queues = queue_rules(options);
  for (const OptionValues& values : queues) {
    rules.queues.push_back(queue_rules(values));
    rules.queues.back().options = values;
  }
  return rules;
}

}  // namespace lockstep
