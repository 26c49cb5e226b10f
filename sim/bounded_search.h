// Every schedule within a bound, one after the other: depth-first, stateless (the program is run
// anew for each; verification 4.3).
//
//   BoundedSearch search(2);
//   do { run the program with `search` } while (search.next());
//
// By preemptions: chosen are fibers and waiters. At a point where the running fiber could go on,
// any other option costs one preemption; elsewhere (somebody parked, yielded or ended) all options
// are free. Faults, wake-ups without reason and the order of completions stay at the dullest. By
// deviations: all choices are chosen, each that is not the dullest costs one (delay bounding; Emmi,
// Qadeer, Rakamaric 2011). Never chosen, unless it is the dullest: to go on with a fiber that has
// just yielded while others are ready. A loop that yields until something happens would have
// infinitely many schedules. The order is lexicographic by option, so the first schedule is the
// sequential one. The program must be a function of its choices: another number of options at the
// same place than in the run before is a failed check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/choices.h"

namespace lockstep {

inline constexpr std::uint32_t kAnyPreemptions = UINT32_MAX;

enum class SearchCost : std::uint8_t { kPreemptions, kDeviations };

class BoundedSearch final : public Choices {
 public:
  explicit BoundedSearch(std::uint32_t bound, SearchCost cost = SearchCost::kPreemptions)
      : bound_(bound), cost_(cost) {}
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point) override;

  // Between two runs: moves on to the next schedule; false: there is none, all were explored.
  [[nodiscard]] bool next();
  // Finished schedules: next() has been called for them.
  [[nodiscard]] std::uint64_t explored() const { return explored_; }

 private:
  struct Branch {
    std::uint32_t count = 1;
    std::uint32_t chosen = 0;
    std::uint32_t skipped = kNoFiber;  // an option that is not tried
    bool costs = false;                // any option but 0
  };
  [[nodiscard]] bool move_on(Branch& branch) const;

  std::uint32_t bound_;
  SearchCost cost_;
  std::vector<Branch> path_;
  std::size_t depth_ = 0;    // of the run in progress
  std::uint32_t spent_ = 0;  // by path_
  std::uint64_t explored_ = 0;
};

}  // namespace lockstep
