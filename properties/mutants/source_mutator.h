// Machine-made mutants: every small mistake of a kind that a source can have, found token by token.
//
// Comparisons (off by one, upside down), sums and steps (+ and -), && and ||, negated conditions,
// numbers (one more), true and false, min and max, dropped statements. All mutants of a source
// stand in one copy of it, behind the switch of the seeded bugs, so that they are compiled once.
// The copy has the lines of the source. What checks, declares constants, or makes templates is left
// alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace lockstep {

struct SourceMutant {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string right;  // "<"
  std::string wrong;  // "<="; "" : the statement is dropped
};

struct MutatedSource {
  std::string text;                   // with mutant i behind number `first` + i
  std::vector<SourceMutant> mutants;  // in the order of their places
};

// `left_out`: lines without mutants, because theirs do not compile.
[[nodiscard]] MutatedSource mutated_source(const std::string& source, int first,
                                           const std::set<std::size_t>& left_out);

}  // namespace lockstep
