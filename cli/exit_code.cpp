#include "cli/exit_code.h"

#include <cstdio>
#include <string>

#include "cli/interrupt.h"

namespace lockstep {

int report_error(const Error& error) {
  if (was_interrupted()) {
    std::fputs("error: interrupted; nothing was kept\n", stderr);
    return kExitInterrupted;
  }
  // Names of files and values that it repeats are kept on its lines; lines of our own are indented.
  std::string line = "error: " + error.message;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool control = static_cast<unsigned char>(line[i]) < 0x20 || line[i] == 0x7f;
    if (control && line.compare(i, 3, "\n  ") != 0) {
      line[i] = '?';
    }
  }
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
    case Errc::kNoDevice:
      return kExitSkipped;
  }
  return kExitOurFault;
}

}  // namespace lockstep
