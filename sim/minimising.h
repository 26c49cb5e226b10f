// Cuts a failing schedule down to few choices that are not the dullest (verification 4.7).
//
// First the end is replaced by the dullest, then blocks of the other choices, halving their size
// (Zeller's ddmin), then single choices are taken out, and options are lowered. A candidate is run
// and kept when it fails with the same key in a simpler way: fewer preemptions, then fewer choices
// that are not the dullest, then a smaller sum of options, then fewer choices in all. Where an
// option does not exist in a candidate's run, the dullest is taken; what counts is what the run
// then chose. That leaves a part of the schedule that was found; as a simpler one may lie
// elsewhere, the runs that are left try all schedules with one, two, ... deviations.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/choices.h"

namespace lockstep {

// How one run of a program went.
struct Outcome {
  std::string failure{};                // its key: equal for the same failure; "": all went well
  std::uint64_t steps = 0;              // whatever the program counts
  std::vector<std::uint32_t> events{};  // by fiber (ControlledRuntime::events()), for UniformWalk
  std::vector<std::string> fibers{};    // their names, for messages; only needed with a failure
};

// Runs once. A function of its choices; whatever it leaves open, it asks them for.
using ControlledProgram = std::function<Outcome(Choices&)>;

struct Minimised {
  std::vector<RecordedChoice> choices;  // after the last that is not the dullest, none
  std::uint64_t runs = 0;               // that it took
};

// At most `run_limit` runs. Requires: `choices` make `program` fail with `key`.
[[nodiscard]] Minimised minimise(const ControlledProgram& program,
                                 std::vector<RecordedChoice> choices, std::string_view key,
                                 std::uint64_t run_limit);

}  // namespace lockstep
