#include "cli/exit_code.h"

#include <cstdio>

#include "cli/interrupt.h"

namespace lockstep {

int report_error(const Error& error) {
  if (was_interrupted()) {
    std::fputs("error: interrupted; nothing was kept\n", stderr);
    return kExitInterrupted;
  }
  std::fputs(("error: " + error.message + "\n").c_str(), stderr);
  switch (error.code) {
    case Errc::kBadInput:
    case Errc::kIo:
      return kExitBadInput;
    case Errc::kInternal:
      return kExitOurFault;
    case Errc::kNoVerdict:
      return kExitNoVerdict;
    case Errc::kInterrupted:
      return kExitInterrupted;
  }
  return kExitOurFault;
}

}  // namespace lockstep
