#include "traces/config_warnings.h"

#include <algorithm>
#include <string>

#include "core/limits.h"
#include "core/time.h"

namespace lockstep {
namespace {

using Diagnostics = std::vector<ConfigDiagnostic>;

// Batches of one GPU run one after another on its one compute stream; a few threads keep it fed.
constexpr std::int64_t kManyThreads = 32;
// Idle batch threads look for due batches once per millisecond (TF 2.5).
constexpr std::int64_t kPollMicros = 1000;
constexpr std::int64_t kLongTimeoutMicros = 1000000;
constexpr std::int64_t kLargeBatch = 10000;
constexpr std::int64_t kLongQueue = 1000;  // batch executions ahead of a new request

template <typename T>
const ConfigPlace& place_of(const std::optional<Placed<T>>& value, const BatchingValues& values) {
  return value ? value->where : values.where;
}

void warn_about_timeout(const BatchingValues& values, Diagnostics& out) {
  if (!values.batch_timeout_micros) {
    return;
  }
  const auto& [micros, where] = *values.batch_timeout_micros;
  const std::string name = "batch_timeout_micros " + std::to_string(micros);
  if (micros > kMaxTimeNs / 1000) {
    out.push_back({name + " is beyond what Lockstep counts, read as " +
                       std::to_string(kMaxTimeNs / 1000) + " (36 years)",
                   where});
  } else if (micros >= kLongTimeoutMicros) {
    out.push_back({name + ": a request that comes alone waits " +
                       to_decimal_text(SimDuration{micros * 1000}) + " for its batch to leave",
                   where});
  } else if (micros > 0 && micros < kPollMicros) {
    out.push_back({name +
                       " is finer than the 1 ms in which an idle batch thread looks again: such "
                       "a batch leaves " +
                       std::to_string(micros) + " to " + std::to_string(micros + kPollMicros) +
                       " us after its first request",
                   where});
  }
}

void warn_about_size(const BatchingValues& values, const EffectiveQueue& queue, Diagnostics& out) {
  if (!values.max_batch_size || values.max_batch_size->value <= kLargeBatch) {
    return;
  }
  const auto& [rows, where] = *values.max_batch_size;
  const std::string name = "max_batch_size " + std::to_string(rows);
  const std::string ends = queue.batch_timeout_micros == 0 ? "each batch leaves with what is there"
                                                           : "the time-out ends each batch";
  if (queue.execution_size > kLargeBatch) {
    out.push_back({name + " is hardly ever filled: 1000 rows/s take " +
                       std::to_string(queue.execution_size / 1000) + " s to do it, so " + ends,
                   where});
  }
  if (rows > std::int64_t{kMaxRequestRows}) {
    out.push_back(
        {name + " is beyond what Lockstep counts, read as " + std::to_string(kMaxRequestRows),
         where});
  }
}

void warn_about_capacity(const BatchingValues& values, const EffectiveQueue& queue,
                         const PoolFacts& facts, Diagnostics& out) {
  const ConfigPlace& where = place_of(values.max_enqueued_batches, values);
  const std::int64_t batches = queue.max_enqueued_batches;
  const std::string name = "max_enqueued_batches " + std::to_string(batches);
  if (values.max_enqueued_batches && values.max_enqueued_batches->value == 0) {
    out.push_back({"max_enqueued_batches 0 acts as 1", where});
  }
  if (batches == 1) {
    out.push_back({name + " makes the open batch the whole queue: once it holds " +
                       std::to_string(queue.execution_size) +
                       " rows, every request is refused until a batch thread takes it",
                   where});
  } else if (batches < facts.threads && batches * facts.queues < facts.threads) {
    out.push_back(
        {name +
             (facts.queues > 1 ? " in each of " + std::to_string(facts.queues) + " queues" : "") +
             " cannot refill " + counted(facts.threads, "batch thread") + ": at most " +
             std::to_string(batches * facts.queues) +
             " batches wait when all become idle; set it to at least " +
             std::to_string((facts.threads + facts.queues - 1) / facts.queues),
         where});
  }
  const std::int64_t ahead = (batches - 1) / facts.threads + 1;
  if (ahead > kLongQueue) {
    out.push_back({name + " over " + counted(facts.threads, "batch thread") +
                       " refuses nobody: a request may wait behind " + std::to_string(ahead) +
                       " batches of its own queue",
                   where});
  }
}

void warn_about_splitting(const BatchingValues& values, const EffectiveQueue& queue,
                          Diagnostics& out) {
  if (!values.splits() && values.max_execution_batch_size) {
    out.push_back({"max_execution_batch_size " +
                       std::to_string(values.max_execution_batch_size->value) +
                       " has no effect without enable_large_batch_splitting: batches hold up to "
                       "max_batch_size " +
                       std::to_string(queue.max_batch_size) + " rows",
                   values.max_execution_batch_size->where});
  }
  if (values.splits() && queue.execution_size == queue.max_batch_size) {
    out.push_back({"enable_large_batch_splitting admits no larger requests: those above " +
                       std::to_string(queue.max_batch_size) +
                       " rows are refused as before; raise max_batch_size above "
                       "max_execution_batch_size " +
                       std::to_string(queue.execution_size),
                   values.enable_large_batch_splitting->where});
  }
}

std::string list_text(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const std::int64_t number : numbers) {
    text += (text.empty() ? "" : ",") + std::to_string(number);
  }
  return text;
}

void warn_about_dead_sizes(const BatchingValues& values, const EffectiveQueue& queue,
                           Diagnostics& out) {
  const auto& [sizes, where] = *values.allowed_batch_sizes;
  std::vector<std::int64_t> out_of_order;
  std::vector<std::int64_t> too_large;
  std::int64_t largest = 0;
  for (const std::int64_t size : sizes) {
    if (size <= largest) {
      out_of_order.push_back(size);
    } else if (largest >= queue.execution_size) {
      too_large.push_back(size);
    }
    largest = std::max(largest, size);
  }
  if (!out_of_order.empty()) {
    out.push_back({"allowed_batch_sizes " + list_text(out_of_order) + " (" +
                       std::to_string(out_of_order.size()) + " of " + std::to_string(sizes.size()) +
                       ") can never be chosen: the server takes the first entry of the list that "
                       "is large enough, and an entry before is no smaller",
                   where});
  }
  if (!too_large.empty()) {
    out.push_back({"allowed_batch_sizes " + list_text(too_large) + " (" +
                       std::to_string(too_large.size()) + " of " + std::to_string(sizes.size()) +
                       ") can never be chosen: a batch holds at most max_execution_batch_size " +
                       std::to_string(queue.execution_size) + " rows",
                   where});
  }
}

// Filler of the batch that is padded most, in percent.
struct Padding {
  std::int64_t rows = 0;
  std::int64_t padded = 0;

  [[nodiscard]] std::int64_t percent() const {
    return padded == 0 ? 0 : (padded - rows) * 100 / padded;
  }
  [[nodiscard]] std::string text() const {
    return counted(rows, "row") + " is padded to " + std::to_string(padded) + ": " +
           std::to_string(percent()) + " % of it is filler";
  }
};

void warn_about_padding(const BatchingValues& values, const EffectiveQueue& queue,
                        Diagnostics& out) {
  Padding worst;
  std::int64_t before = 0;
  for (const std::int64_t size : queue.allowed_batch_sizes) {
    if (const Padding padding{before + 1, size}; padding.percent() > worst.percent()) {
      worst = padding;
    }
    before = size;
  }
  const Padding full{queue.execution_size, queue.allowed_batch_sizes.back()};
  if (full.percent() > 0) {
    out.push_back({"allowed_batch_sizes has no entry for a full batch, which of " + full.text(),
                   values.allowed_batch_sizes->where});
  }
  if (worst.percent() > 50) {
    out.push_back({"allowed_batch_sizes has wide gaps: a batch of " + worst.text(),
                   values.allowed_batch_sizes->where});
  }
}

}  // namespace

void warn_about_pool(const BatchingValues& values, const PoolFacts& facts, Diagnostics& out) {
  const ConfigPlace& where = place_of(values.num_batch_threads, values);
  if (facts.threads_assumed) {
    out.push_back({"num_batch_threads is not set: TF-Serving uses its CPU count; assuming " +
                       std::to_string(facts.threads) + ", set --server-cpus",
                   where});
  }
  if (facts.threads > kManyThreads) {
    out.push_back({"num_batch_threads " + std::to_string(facts.threads) +
                       ": TensorFlow executes the batches of one GPU one after another, so up to " +
                       std::to_string(facts.threads - 1) + " threads hold a batch that waits",
                   where});
  }
}

void warn_about_queue(const BatchingValues& values, const PoolFacts& facts, Diagnostics& out) {
  const EffectiveQueue queue = effective_queue(values);
  warn_about_size(values, queue, out);
  warn_about_timeout(values, out);
  warn_about_capacity(values, queue, facts, out);
  warn_about_splitting(values, queue, out);
  if (values.allowed_batch_sizes) {
    warn_about_dead_sizes(values, queue, out);
    if (!queue.allowed_batch_sizes.empty()) {
      warn_about_padding(values, queue, out);
    }
  }
  if (values.pad_variable_length_inputs && values.pad_variable_length_inputs->value) {
    out.push_back(
        {"pad_variable_length_inputs has no effect here: requests have rows but no "
         "shapes, 0 us are added for longer ones",
         values.pad_variable_length_inputs->where});
  }
}

}  // namespace lockstep
