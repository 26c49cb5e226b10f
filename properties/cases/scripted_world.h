// Runs a case on lanes whose batches take the times that the case says, each lane for itself.
//
// The simplest world there is, so that a counterexample reads like a script. What happens at one
// instant happens in the order of the case's choices: completions in the order of their starts, the
// timer, what comes from outside; all choices 0 is the total order of design 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/server.h"
#include "properties/cases/case.h"
#include "properties/cases/case_outside.h"

namespace lockstep {

class ScriptedWorld {
 public:
  // Both outlive it.
  ScriptedWorld(const Case& value, Server& server);

  // Until nothing is left to happen. False: more inputs at one instant than kStepsAtOnceMax.
  [[nodiscard]] bool run();

 private:
  struct Running {
    BatchId batch{0};
    LaneId lane{0};
    SimTime finishes{};
  };

  [[nodiscard]] SimTime next() const;
  // Which of `count` things that happen now.
  [[nodiscard]] std::size_t choose(std::size_t count);
  void happen(SimTime now);
  void complete(std::size_t index, SimTime now);
  void take_started(SimTime now);
  void lane_event(const CaseEvent& event, SimTime now);
  [[nodiscard]] const CaseExecution& execution(BatchId batch) const;

  const Case& value_;
  Server& server_;
  CaseOutside outside_;
  std::vector<Running> running_;  // in the order of their starts
  std::size_t tie_ = 0;
};

}  // namespace lockstep
