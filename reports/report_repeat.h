// The command that repeats a run, from what its manifest records.
//
// The manifest keeps no paths: a trace, a device table or a fault plan that was a file must lie
// where the command is given. What a command line cannot say is named in `notes`. Arguments are
// quoted for a POSIX shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "traces/manifest.h"

namespace lockstep {

struct RepeatCommand {
  std::string text;                // "lockstep replay azure-conv-2023 --load 400x ..."
  std::vector<std::string> notes;  // sentences
};

[[nodiscard]] RepeatCommand repeat_command(const Manifest& manifest);

// `word` as one argument: as it is, or within single quotes.
[[nodiscard]] std::string shell_word(std::string_view word);

}  // namespace lockstep
