#include "sim/minimising.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>

#include "sim/bounded_search.h"
#include "sim/schedule_text.h"

namespace lockstep {
namespace {

void cut_dull_end(std::vector<RecordedChoice>& choices) {
  while (!choices.empty() && choices.back().chosen == 0) {
    choices.pop_back();
  }
}

// Smaller is simpler.
auto complexity_of(const std::vector<RecordedChoice>& choices) {
  std::size_t deviations = 0;
  std::size_t preemptions = 0;
  std::uint64_t sum = 0;
  for (const RecordedChoice& choice : choices) {
    deviations += choice.chosen != 0 ? 1U : 0U;
    preemptions += choice.is_preemption() ? 1U : 0U;
    sum += choice.chosen;
  }
  return std::tuple(preemptions, deviations, sum, choices.size());
}

class Minimiser {
 public:
  Minimiser(const ControlledProgram& program, std::vector<RecordedChoice> choices,
            std::string_view key, std::uint64_t run_limit)
      : program_(program), key_(key), run_limit_(run_limit), best_(std::move(choices)) {
    cut_dull_end(best_);
  }

  Minimised run() {
    cut_end();
    bool better = true;
    while (better && runs_ < run_limit_) {
      better = zero_blocks();
      better = take_out() || better;
      better = lower_options() || better;
    }
    search();
    return {.choices = std::move(best_), .runs = runs_};
  }

 private:
  // Runs it; keeps what it really chose if it fails alike and is simpler.
  bool is_kept(std::vector<std::uint32_t> options) {
    if (runs_ >= run_limit_) {
      return false;
    }
    ++runs_;
    ReplayedChoices replayed(std::move(options));
    RecordingChoices recorded(replayed);
    if (program_(recorded).failure != key_) {
      return false;
    }
    return adopt(recorded.choices());
  }

  // If it is simpler.
  bool adopt(std::vector<RecordedChoice> choices) {
    cut_dull_end(choices);
    if (complexity_of(choices) >= complexity_of(best_)) {
      return false;
    }
    best_ = std::move(choices);
    return true;
  }

  // The places of the choices that are not the dullest.
  [[nodiscard]] std::vector<std::size_t> deviations() const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < best_.size(); ++i) {
      if (best_[i].chosen != 0) {
        places.push_back(i);
      }
    }
    return places;
  }

  // The shortest beginning that a bisection finds to fail alike.
  void cut_end() {
    std::size_t enough = deviations().size();
    std::size_t too_few = 0;
    if (is_kept({})) {
      return;
    }
    while (enough > too_few + 1) {
      const std::size_t half = too_few + (enough - too_few) / 2;
      std::vector<std::uint32_t> options = options_of(best_);
      const std::vector<std::size_t> places = deviations();
      if (half >= places.size()) {
        return;  // a run chose less than it was told: bisected far enough
      }
      options.resize(places[half]);
      if (is_kept(std::move(options))) {
        enough = half;
      } else {
        too_few = half;
      }
    }
  }

  bool zero_blocks() {
    bool better = false;
    for (std::size_t size = std::max<std::size_t>(deviations().size() / 2, 1); size > 0;
         size /= 2) {
      for (std::size_t from = 0; from < deviations().size();) {
        const std::vector<std::size_t> places = deviations();
        std::vector<std::uint32_t> options = options_of(best_);
        for (std::size_t i = from; i < std::min(from + size, places.size()); ++i) {
          options[places[i]] = 0;
        }
        if (is_kept(std::move(options))) {
          better = true;  // the next block has moved here
        } else {
          from += size;
        }
      }
    }
    return better;
  }

  // Where a choice that is made dull still takes place, all later ones keep their numbers; where it
  // no longer does, they move up.
  bool take_out() {
    bool better = false;
    for (std::size_t i = 0; i < deviations().size();) {
      std::vector<std::uint32_t> options = options_of(best_);
      options.erase(options.begin() + static_cast<std::ptrdiff_t>(deviations()[i]));
      if (is_kept(std::move(options))) {
        better = true;
      } else {
        ++i;
      }
    }
    return better;
  }

  bool lower_options() {
    bool better = false;
    for (std::size_t i = 0; i < deviations().size(); ++i) {
      const std::size_t place = deviations()[i];
      for (std::uint32_t lower = 1; place < best_.size() && lower < best_[place].chosen; ++lower) {
        std::vector<std::uint32_t> options = options_of(best_);
        options[place] = lower;
        if (is_kept(std::move(options))) {
          better = true;
          break;
        }
      }
    }
    return better;
  }

  // The simplest with the fewest deviations at all, if the runs suffice.
  void search() {
    const auto most = static_cast<std::uint32_t>(deviations().size());
    for (std::uint32_t bound = 1; bound <= most; ++bound) {
      BoundedSearch search(bound, SearchCost::kDeviations);
      bool found = false;
      do {
        // With as many deviations only fewer preemptions can be simpler.
        if (runs_ >= run_limit_ || (bound == most && !has_preemption())) {
          return;
        }
        ++runs_;
        RecordingChoices recorded(search);
        found = (program_(recorded).failure == key_ && adopt(recorded.choices())) || found;
      } while (search.next());
      if (found) {
        return;
      }
    }
  }

  [[nodiscard]] bool has_preemption() const {
    return std::any_of(best_.begin(), best_.end(),
                       [](const RecordedChoice& choice) { return choice.is_preemption(); });
  }

  const ControlledProgram& program_;
  std::string_view key_;
  std::uint64_t run_limit_;
  std::uint64_t runs_ = 0;
  std::vector<RecordedChoice> best_;
};

}  // namespace

Minimised minimise(const ControlledProgram& program, std::vector<RecordedChoice> choices,
                   std::string_view key, std::uint64_t run_limit) {
  return Minimiser(program, std::move(choices), key, run_limit).run();
}

}  // namespace lockstep
