// The requests of a run by queue and by client: counts, latencies, largest cause.
//
// Groups with the most requests first, of equal ones the lowest queue or client; at most
// kGroupsMost, the others are counted. Latencies are of answered requests, with the overhead; 0
// without any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.h"
#include "reports/ledger.h"
#include "reports/report_bands.h"
#include "traces/run_table.h"

namespace lockstep {

inline constexpr std::size_t kGroupsMost = 50;

struct GroupFigures {
  std::string name;
  std::uint64_t requests = 0;
  std::uint64_t rows = 0;
  std::uint64_t answered = 0;
  SimDuration p50{0};
  SimDuration p99{0};
  SimDuration latency_max{0};
  LedgerSum ledger;  // of the answered
};

struct GroupTable {
  std::vector<GroupFigures> groups;
  std::size_t groups_left_out = 0;
  std::uint64_t requests_left_out = 0;
};

[[nodiscard]] GroupTable figures_by_queue(const RunTable& table, SimDuration overhead,
                                          const CopyModel& copies);
// Empty when all requests are of one client.
[[nodiscard]] GroupTable figures_by_client(const RunTable& table, SimDuration overhead,
                                           const CopyModel& copies);

}  // namespace lockstep
