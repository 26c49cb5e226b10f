// What the program's exit status means (design 5), and how errors are printed.
#pragma once

#include "core/result.h"

namespace lockstep {

enum ExitCode : int {
  kExitHolds = 0,         // done; everything judged holds
  kExitFailed = 1,        // a property, bound, objective or comparison failed
  kExitBadInput = 2,      // bad usage or bad input
  kExitOurFault = 3,      // a failed internal check; two runs of one case differ
  kExitNoVerdict = 4,     // cannot be judged
  kExitSkipped = 77,      // needs a device that is not here
  kExitInterrupted = 130  // Ctrl-C
};

// Prints `error: MESSAGE` on stderr and returns the exit code of `error`.
int report_error(const Error& error);

}  // namespace lockstep
