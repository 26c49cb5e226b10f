// Plays a Script through the real tf-shared inside a Server, in the event order of TF 2.5.
#pragma once

#include "properties/reference/tf_full_script.h"

namespace lockstep::full_reference {

// At one instant completions, then the wake-up that was asked for, then outside events. A check
// that fails in the server or in the scheduler ends the run and stands in the log.
[[nodiscard]] Log run_scheduler(const Script& script);

}  // namespace lockstep::full_reference
