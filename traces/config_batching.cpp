#include "traces/config_batching.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/limits.h"

namespace lockstep {
namespace {

constexpr std::int64_t kMaxTimeoutMicros = kMaxTimeNs / 1000;

std::int64_t to_number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::int64_t> to_numbers(std::string_view text) {
  std::vector<std::int64_t> numbers;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    numbers.push_back(to_number(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return numbers;
}

std::string unsigned_text(std::int64_t value) {
  return std::to_string(static_cast<std::uint64_t>(value));
}

// "NAME must be RULE; was N"
tl::unexpected<Error> wrong(const Placed<std::int64_t>& value, std::string_view name,
                            std::string_view rule) {
  return refuse_at(value.where, std::string(name) + " must be " + std::string(rule) + "; was " +
                                    std::to_string(value.value));
}

tl::unexpected<Error> refuse_negative(const Placed<std::int64_t>& value, std::string_view name) {
  return refuse_at(value.where, std::string(name) + " must be positive; was " +
                                    std::to_string(value.value) + " (TF-Serving takes it for " +
                                    unsigned_text(value.value) + ")");
}

Result<void> check_allowed_sizes(const BatchingValues& values) {
  if (!values.allowed_batch_sizes) {
    return {};
  }
  const std::int64_t last = values.allowed_batch_sizes->value.back();
  const std::int64_t expected =
      values.max_batch_size ? values.max_batch_size->value : kDefaultMaxBatchSize;
  if (last != expected) {
    return refuse_at(values.allowed_batch_sizes->where,
                     "Last entry in allowed_batch_sizes must match max_batch_size; last entry "
                     "was " +
                         std::to_string(last) + "; expected " + std::to_string(expected));
  }
  return {};
}

Result<void> check_splitting(const BatchingValues& values) {
  if (!values.splits()) {
    return {};
  }
  const ConfigPlace& where = values.enable_large_batch_splitting->where;
  if (values.max_enqueued_batches && values.max_enqueued_batches->value == 0) {
    return wrong(*values.max_enqueued_batches, "max_enqueued_batches", "positive");
  }
  if (!values.max_execution_batch_size && !values.max_batch_size) {
    return refuse_at(where,
                     "found enable_large_batch_splitting with neither max_batch_size nor "
                     "max_execution_batch_size, expected one of them: TF-Serving divides by zero "
                     "at the first request; write max_execution_batch_size { value: 1000 }");
  }
  const std::int64_t limit =
      values.max_batch_size ? values.max_batch_size->value : kDefaultMaxBatchSize;
  const Placed<std::int64_t> execution =
      values.max_execution_batch_size ? *values.max_execution_batch_size : *values.max_batch_size;
  if (execution.value == 0) {
    return refuse_at(execution.where,
                     "found max_execution_batch_size 0 with enable_large_batch_splitting, expected "
                     "at least 1: TF-Serving divides by zero at the first request");
  }
  if (execution.value < 0 || limit < execution.value) {
    // The server's text, in which the three numbers run together.
    return refuse_at(execution.where,
                     "When enable_large_batch_splitting is true, input_batch_size_limit must be "
                     "greater than or equal to max_execution_batch_size.1" +
                         unsigned_text(limit) + unsigned_text(execution.value));
  }
  return {};
}

}  // namespace

BatchingValues batching_values(std::span<const ConfigSetting> settings, ConfigPlace where) {
  BatchingValues values;
  values.where = std::move(where);
  for (const auto& [name, text, place] : settings) {
    if (name == "max_batch_size") {
      values.max_batch_size = {to_number(text), place};
    } else if (name == "batch_timeout_micros") {
      values.batch_timeout_micros = {to_number(text), place};
    } else if (name == "max_enqueued_batches") {
      values.max_enqueued_batches = {to_number(text), place};
    } else if (name == "num_batch_threads") {
      values.num_batch_threads = {to_number(text), place};
    } else if (name == "thread_pool_name") {
      values.thread_pool_name = {text, place};
    } else if (name == "allowed_batch_sizes") {
      values.allowed_batch_sizes = {to_numbers(text), place};
    } else if (name == "pad_variable_length_inputs") {
      values.pad_variable_length_inputs = {text == "true", place};
    } else if (name == "enable_large_batch_splitting") {
      values.enable_large_batch_splitting = {text == "true", place};
    } else if (name == "max_execution_batch_size") {
      values.max_execution_batch_size = {to_number(text), place};
    }
  }
  return values;
}

Result<void> check_pool(const BatchingValues& values) {
  if (!values.num_batch_threads) {
    return {};
  }
  if (values.num_batch_threads->value < 1) {
    return wrong(*values.num_batch_threads, "num_batch_threads", "positive");
  }
  if (values.num_batch_threads->value > std::int64_t{kMaxLanes}) {
    return wrong(*values.num_batch_threads, "num_batch_threads",
                 "at most " + std::to_string(kMaxLanes));
  }
  return {};
}

Result<void> check_queue(const BatchingValues& values) {
  if (Result<void> allowed = check_allowed_sizes(values); !allowed) {
    return allowed;
  }
  if (values.max_batch_size && values.max_batch_size->value == 0) {
    return wrong(*values.max_batch_size, "input_batch_size_limit", "positive");
  }
  if (values.max_batch_size && values.max_batch_size->value < 0) {
    return refuse_negative(*values.max_batch_size, "max_batch_size");
  }
  if (values.batch_timeout_micros && values.batch_timeout_micros->value < 0) {
    return wrong(*values.batch_timeout_micros, "batch_timeout_micros", "non-negative");
  }
  if (values.max_enqueued_batches && values.max_enqueued_batches->value < 0) {
    return refuse_negative(*values.max_enqueued_batches, "max_enqueued_batches");
  }
  return check_splitting(values);
}

EffectiveQueue effective_queue(const BatchingValues& values) {
  constexpr std::int64_t kMaxRows = kMaxRequestRows;
  EffectiveQueue queue;
  if (values.max_batch_size) {
    queue.max_batch_size = std::min(values.max_batch_size->value, kMaxRows);
  }
  if (values.batch_timeout_micros) {
    queue.batch_timeout_micros = std::min(values.batch_timeout_micros->value, kMaxTimeoutMicros);
  }
  if (values.max_enqueued_batches) {
    queue.max_enqueued_batches = std::max<std::int64_t>(values.max_enqueued_batches->value, 1);
  }
  queue.execution_size = queue.max_batch_size;
  if (values.splits() && values.max_execution_batch_size) {
    queue.execution_size = std::min(values.max_execution_batch_size->value, kMaxRows);
  }
  if (values.allowed_batch_sizes) {
    for (const std::int64_t size : values.allowed_batch_sizes->value) {
      auto& sizes = queue.allowed_batch_sizes;
      const std::int64_t before = sizes.empty() ? 0 : sizes.back();
      if (size > before && before < queue.execution_size) {
        sizes.push_back(std::min(size, kMaxRows));
      }
    }
  }
  return queue;
}

}  // namespace lockstep
