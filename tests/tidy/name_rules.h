// Names that break determinism or the style, found in code (never in comments or strings).
//
// Every folder is searched but gpu_backend/, cli/, tests/benchmark/ and the tests that mirror the
// first two: these meet the real world.
#pragma once

#include <string_view>
#include <vector>

#include "tests/tidy/source_tree.h"

namespace lockstep::tidy {

// One banned name that is right in one place, and why.
struct Allowance {
  std::string_view path_prefix;
  std::string_view name;
  std::string_view reason;
};

// An allowance whose files exist but no longer use the name is a finding too.
[[nodiscard]] Findings check_banned_names(const SourceTree& tree,
                                          const std::vector<Allowance>& allowances);

// core/ and sim/ decide with integers: no float, no double, no fractional literal. An allowance
// lets its files use double and fractions, never float; one whose files do not is a finding too.
[[nodiscard]] Findings check_no_floating_point(const SourceTree& tree,
                                               const std::vector<Allowance>& allowances);

// Macros in the library folders start with LOCKSTEP_; a .cpp may also define an empty one, the
// switch of an outside library's header.
[[nodiscard]] Findings check_macros(const SourceTree& tree);

}  // namespace lockstep::tidy
