#include "cli/exit_code.h"

#include <algorithm>
#include <cstdio>
#include <string>

#include "cli/interrupt.h"

namespace lockstep {

int report_error(const Error& error) {
  if (was_interrupted()) {
    std::fputs("error: interrupted; nothing was kept\n", stderr);
    return kExitInterrupted;
  }
  // One line, whatever names of files and values it repeats.
  std::string line = "error: " + error.message;
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  std::fputs((line + "\n").c_str(), stderr);
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
