// `--faults`: where a fault plan comes from.
//
//     FILE                                       lines of fault_plan.h
//     KIND NAME=VALUE ...[; KIND ...]            the same, as one text
//     random:RATE[,until=TIME][,regime=beyond]   drawn from the stream "faults" of the run's seed
//
// A text with a `=`, or that begins with a kind, is no file's name.
// A drawn plan has RATE faults a second on average, at exponential gaps, before `until` (60s when
// it is not said, which is announced), of every kind that fault_plan.h has: inside the promise, so
// each ends, and a watchdog gives lost completions up; with regime=beyond there is no watchdog, and
// a device may be lost for good. Times are whole microseconds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/fault_plan.h"

namespace lockstep {

struct FaultSourceOptions {
  std::uint32_t lane_count = 1;
  std::uint32_t gpu_count = 1;
  std::uint64_t seed = 1;
};

struct SourcedFaults {
  FaultPlan plan{};
  std::string said{};  // what a run records of its origin: no folder of this machine
  std::string note{};  // an assumption to announce; "": none
};

// Errors: a file that cannot be read, those of parse_fault_plan and check_fault_plan; for drawn
// ones a wrong rate or option, more than kMaxFaults.
[[nodiscard]] Result<SourcedFaults> read_faults(const std::string& text,
                                                const FaultSourceOptions& options);

// What read_faults() says of a text that names no file, but for lanes and GPUs of a run.
[[nodiscard]] Result<void> check_fault_text(const std::string& text);

// Is it a file's name?
[[nodiscard]] bool names_fault_file(std::string_view text);

}  // namespace lockstep
