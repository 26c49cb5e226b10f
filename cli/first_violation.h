// The violations of a run as a timing diagram marks them, judged as `lockstep check` does.
//
// By properties alone: whether the files are what the journal gives is `check`'s to say. The
// diagram itself knows no properties (reports/), so that what they found becomes its plain data
// here.
#pragma once

#include <string>
#include <vector>

#include "cli/run_plan.h"
#include "core/result.h"
#include "properties/checkers/checker.h"
#include "reports/diagram_violation.h"
#include "traces/manifest.h"
#include "traces/run_log.h"

namespace lockstep {

struct MarkedViolations {
  std::vector<DiagramViolation> marks{};  // of each broken property one, the earliest first
  std::string sentence{};  // of the first: which property, what it found, whom; without a line end
};

// `user`: the run's scheduler, when it is none of ours. Errors: those of log_properties; a run
// that breaks no property: nothing to draw.
[[nodiscard]] Result<MarkedViolations> mark_violations_of(const RunLog& log,
                                                          const Manifest& manifest,
                                                          UserScheduler user);

// The bracket goes from where the wait of its request, or its batch, began up to where the property
// was broken; without either it is an instant. Both numbers are told apart where there are two.
[[nodiscard]] DiagramViolation as_mark(const Violation& violation, const RunLog& log);

}  // namespace lockstep
