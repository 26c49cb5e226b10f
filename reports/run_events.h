// What a run's directory holds beside its rows and that diagrams mark: cancels, lanes that were
// down, and the stages of batches.
//
// Cancels and lanes come from journal.csv.zst (inputs cancel, lane-down, lane-up), stages from
// stages.csv. A fault that leaves no input behind (a stall, a slow GPU) is known to the run's plan
// alone: whoever reads the plan adds it to `faults`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "traces/stage_rows.h"

namespace lockstep {

// Something is wrong with a lane from `from` until `to` (kForever: until the end of the run).
struct LaneFault {
  std::uint32_t lane = 0;
  SimTime from{};
  SimTime to = kForever;
  std::string text{};  // "down", "stall": the words at the mark
  bool down = false;   // nothing starts on the lane meanwhile
};

struct RunEvents {
  std::map<std::uint64_t, SimTime> cancels;  // request -> when its client first cancelled it
  std::vector<LaneFault> faults;             // in the order of their begin
  std::map<std::uint64_t, StageRow> stages;  // by batch
};

// Of the run in `directory`. A run without a journal or stages has none of their events. Errors:
// those of the files, FILE:LINE:COLUMN.
[[nodiscard]] Result<RunEvents> load_run_events(const std::string& directory);

}  // namespace lockstep
