// Lookups over a loaded run; the files are read in run_reader.cpp.
#include "traces/run_log.h"

#include <algorithm>

namespace lockstep {

LatencyParts split_latency(SimTime arrival, SimTime due, SimTime dispatched, SimTime finished) {
  // A request that joined after the batch was due never waited for the batch to form.
  const SimTime formed = std::clamp(due, arrival, dispatched);
  return LatencyParts{.forming = formed - arrival,
                      .lane_wait = dispatched - formed,
                      .device = finished - dispatched};
}

const BatchRow* RunLog::find_batch(std::uint64_t id) const {
  const auto found = std::lower_bound(
      batches.begin(), batches.end(), id,
      [](const BatchRow& row, std::uint64_t key) { return raw(row.record.id) < key; });
  return found != batches.end() && raw(found->record.id) == id ? &*found : nullptr;
}

std::string RunLog::setting(std::string_view name) const {
  for (const auto& [key, value] : settings) {
    if (key == name) {
      return value;
    }
  }
  return "";
}

}  // namespace lockstep
