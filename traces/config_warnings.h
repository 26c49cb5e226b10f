// Settings that are legal and cannot work as meant, as far as files alone can tell (TF 5, 6).
//
// Each diagnostic names the setting, the reason and a number. What needs traffic (batch sizes that
// never form, objectives shorter than the time-out) is for those who run it.
#pragma once

#include <cstdint>
#include <vector>

#include "traces/config_batching.h"
#include "traces/config_place.h"

namespace lockstep {

struct PoolFacts {
  std::int64_t threads = 0;      // in effect
  bool threads_assumed = false;  // neither set nor given: stands for the server's CPU count
  std::int64_t queues = 1;       // that share the pool, as far as files tell
};

// About the pool's threads.
void warn_about_pool(const BatchingValues& values, const PoolFacts& facts,
                     std::vector<ConfigDiagnostic>& out);
// About one set of queue settings. Requires: check_queue passed.
void warn_about_queue(const BatchingValues& values, const PoolFacts& facts,
                      std::vector<ConfigDiagnostic>& out);

}  // namespace lockstep
