// Seeded bugs of the core and the simulator: each a few lines that become wrong ones while its
// number is selected.
//
// plant_core_bugs (the program beside this) writes a copy of each source that a bug touches into
// the build folder, with every bug behind a switch. Only lockstep_seeded_bugs and the tests of the
// bugs link those copies: no other program has a trace of them. A `find` that no longer stands in
// its file exactly once fails the build: the bug is stale.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace lockstep {

enum class BugForm : std::uint8_t {
  kExpression,  // `replace` instead of the expression `find`, of the same type
  kStatement,   // `replace` instead of the statements `find`
  kText,        // `replace` for good, in which BUG is true while the bug is selected
};

struct SeededBug {
  std::string_view name;   // "shared-full-queue-takes-one-more"
  std::string_view file;   // from the root
  std::string_view story;  // what goes wrong, for people: one line
  BugForm form = BugForm::kExpression;
  std::string_view find;  // stands once in `file`; texts of two bugs are the same or apart
  std::string_view replace;
  std::string_view source;  // where such a bug was seen, or the rule that it breaks
  // What its replacement needs elsewhere in the file, as kText: a member, a step; "": nothing.
  std::string_view also_find{};
  std::string_view also_replace{};
};

// In a fixed order; bug N of select_seeded_bug() is the one at place N - 1.
[[nodiscard]] std::span<const SeededBug> seeded_bugs();

}  // namespace lockstep
