// The case that is being cut down, and the runs that are left for it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/digest.h"
#include "properties/cases/case.h"
#include "properties/minimise/minimise_case.h"

namespace lockstep {

class CaseSearch {
 public:
  CaseSearch(const Case& failing, std::string_view property, const JudgeCase& judge,
             const MinimiseOptions& options)
      : best_(failing), property_(property), judge_(judge), options_(options) {}

  [[nodiscard]] const Case& best() const { return best_; }
  [[nodiscard]] std::uint64_t runs() const { return runs_; }
  [[nodiscard]] bool is_over() const { return cost_ >= options_.run_limit; }

  // True: it breaks the same property, and is the best from now on. One that was tried before, or
  // that changes nothing, is not run.
  bool attempt(Case candidate);

 private:
  Case best_;
  std::string property_;
  const JudgeCase& judge_;
  const MinimiseOptions& options_;
  std::uint64_t runs_ = 0;
  std::uint64_t cost_ = 0;  // in runs
  std::set<std::string> tried_;
};

// Passes: each tries simpler cases of its kind. True: one of them was kept.
bool drop_parts(CaseSearch& search);           // the end, queues, kinds of events, device, ties
bool drop_events(CaseSearch& search);          // blocks, halving
bool drop_faults(CaseSearch& search);          // entries of the plan
bool simplify_options(CaseSearch& search);     // defaults, small values, fewer queues with own ones
bool simplify_executions(CaseSearch& search);  // fewer, shorter, without failures
bool simplify_events(CaseSearch& search);      // rows, queues, priorities, time-outs
bool shorten_times(CaseSearch& search);        // gaps to 0, to few digits, all by a factor

}  // namespace lockstep
