// BatchingParameters as numbers: what the server refuses, and what remains in effect (TF 1.1, 1.2,
// 1.7, 1.8).
//
// The checks run in the server's order and carry its texts. Ours, where it checks nothing: negative
// sizes (it takes them for enormous unsigned ones) and splitting by 0 rows (it divides by zero, TF
// 2.17 quirk 9).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "traces/config_place.h"

namespace lockstep {

inline constexpr std::int64_t kDefaultMaxBatchSize = 1000;
inline constexpr std::int64_t kDefaultMaxEnqueuedBatches = 10;

struct BatchingValues {
  std::optional<Placed<std::int64_t>> max_batch_size{};
  std::optional<Placed<std::int64_t>> batch_timeout_micros{};
  std::optional<Placed<std::int64_t>> max_enqueued_batches{};
  std::optional<Placed<std::int64_t>> num_batch_threads{};
  std::optional<Placed<std::string>> thread_pool_name{};
  std::optional<Placed<std::vector<std::int64_t>>> allowed_batch_sizes{};
  std::optional<Placed<bool>> pad_variable_length_inputs{};
  std::optional<Placed<bool>> enable_large_batch_splitting{};
  std::optional<Placed<std::int64_t>> max_execution_batch_size{};
  ConfigPlace where{};  // of the block, for what is absent

  [[nodiscard]] bool splits() const {
    return enable_large_batch_splitting && enable_large_batch_splitting->value;
  }
};

// Requires: settings of a BatchingParameters block. `where`: the block.
[[nodiscard]] BatchingValues batching_values(std::span<const ConfigSetting> settings,
                                             ConfigPlace where);

// What creating the pool refuses: the thread count. Ours: more than kMaxLanes.
[[nodiscard]] Result<void> check_pool(const BatchingValues& values);
// What adding a queue refuses.
[[nodiscard]] Result<void> check_queue(const BatchingValues& values);

// A queue's settings as the simulation takes them. Requires: check_queue passed.
struct EffectiveQueue {
  std::int64_t max_batch_size = kDefaultMaxBatchSize;
  std::int64_t batch_timeout_micros = 0;
  std::int64_t max_enqueued_batches = kDefaultMaxEnqueuedBatches;
  std::int64_t execution_size = kDefaultMaxBatchSize;  // rows that one batch holds
  // The entries that can be chosen, ascending: the server takes the first in list order that is
  // large enough, so an entry behind a larger one is dead, and so is what lies beyond the first
  // that holds a full batch.
  std::vector<std::int64_t> allowed_batch_sizes{};
};
[[nodiscard]] EffectiveQueue effective_queue(const BatchingValues& values);

}  // namespace lockstep
