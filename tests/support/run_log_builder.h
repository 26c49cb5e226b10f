// Run logs for tests: a small batch server, simulated by hand, independent of core/ and sim/.
//
// One queue per model, batches close when full or when the oldest waited for the time-out, lanes
// take closed batches in order, lanes of one GPU share it one after another. Deterministic.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "traces/run_log.h"

namespace lockstep {

struct RunLogOptions {
  std::uint32_t requests = 40;
  std::uint32_t max_batch_size = 8;
  std::int64_t timeout_us = 2'000;
  std::uint32_t lanes = 2;
  std::uint32_t gpus = 1;
  std::uint32_t queues = 1;
  std::int64_t mean_gap_us = 300;  // gaps between arrivals are spread over [0, 2 * mean]
  std::int64_t batch_us = 1'000;   // device time: batch_us + rows * row_us
  std::int64_t row_us = 150;
  std::uint32_t size_max = 1;       // rows of a request: 1 to size_max
  std::uint32_t refuse_one_in = 0;  // that many requests are refused; 0: none
  bool fills_on_lanes = false;      // a lane holds its next batch as soon as it is through
  std::uint64_t seed = 1;
};

[[nodiscard]] RunLog make_run_log(const RunLogOptions& options);

}  // namespace lockstep
