#include "sim/choices.h"

#include <algorithm>

#include "core/check.h"
#include "core/digest.h"

namespace lockstep {
namespace {

// Once in `rarity` another option than the dullest.
std::uint32_t rare_option(Prng& prng, std::uint32_t rarity, std::uint32_t count) {
  const std::uint64_t draw = prng.below(std::uint64_t{rarity} * (count - 1));
  return draw < count - 1 ? static_cast<std::uint32_t>(draw) + 1 : 0;
}

bool is_rare(ChoiceKind kind) {
  return kind == ChoiceKind::kFault || kind == ChoiceKind::kWakeUp;
}

}  // namespace

std::uint32_t choose_without_fibers(Prng& prng, std::uint32_t rarity, const ChoicePoint& point) {
  return is_rare(point.kind) ? rare_option(prng, rarity, point.count)
                             : static_cast<std::uint32_t>(prng.below(point.count));
}

std::string_view choice_kind_name(ChoiceKind kind) {
  switch (kind) {
    case ChoiceKind::kFiber:
      return "fiber";
    case ChoiceKind::kWakeUp:
      return "wake-up";
    case ChoiceKind::kCompletion:
      return "completion";
    case ChoiceKind::kFault:
      return "fault";
    case ChoiceKind::kWaiter:
      return "waiter";
  }
  return "?";
}

std::uint32_t RecordingChoices::choose(const ChoicePoint& point) {
  const std::uint32_t chosen = strategy_.choose(point);
  LOCKSTEP_CHECK(chosen < point.count);
  choices_.push_back({.kind = point.kind,
                      .count = point.count,
                      .chosen = chosen,
                      .site = point.site,
                      .running_first = point.running_first});
  if (point.fibers != nullptr) {
    choices_.back().dullest = point.fibers[0];
    choices_.back().fiber = point.fibers[chosen];
  }
  return chosen;
}

std::uint64_t RecordingChoices::digest() const {
  ChainDigest digest(choices_.size());
  for (const RecordedChoice& choice : choices_) {
    LineDigest line;
    line.pair(static_cast<std::uint64_t>(choice.kind),
              (std::uint64_t{choice.count} << 32) | choice.chosen);
    digest.fold(line);
  }
  return digest.value();
}

std::uint32_t ReplayedChoices::choose(const ChoicePoint& point) {
  const std::uint32_t chosen = next_ < choices_.size() ? choices_[next_] : 0;
  ++next_;
  return chosen < point.count ? chosen : 0;
}

std::uint32_t RandomWalk::choose(const ChoicePoint& point) {
  return choose_without_fibers(prng_, rarity_, point);
}

namespace {

// Priorities: those that were demoted, later ones lower, below kFallen; those that fell at a change
// point, kFallen and up; then the ranks that fibers get when they are first seen.
constexpr std::uint64_t kFallen = std::uint64_t{1} << 31;
constexpr std::uint64_t kFirstRank = std::uint64_t{1} << 32;

}  // namespace

PriorityWalk::PriorityWalk(std::uint64_t seed, std::uint32_t depth, std::uint32_t steps,
                           std::uint32_t rarity)
    : prng_(seed, "choices.priorities"), rarity_(rarity), next_lowest_(kFallen - 1) {
  LOCKSTEP_CHECK(depth >= 1);
  const std::uint32_t wanted = std::min(depth - 1, steps);
  while (change_points_.size() < wanted) {
    const auto step = static_cast<std::uint32_t>(prng_.below(steps)) + 1;
    if (std::find(change_points_.begin(), change_points_.end(), step) == change_points_.end()) {
      change_points_.push_back(step);  // without replacement
    }
  }
  std::sort(change_points_.begin(), change_points_.end());
}

// The fiber's number makes it unique.
std::uint64_t PriorityWalk::priority_of(std::uint32_t fiber) {
  if (fiber >= priorities_.size()) {
    priorities_.resize(fiber + 1, 0);
  }
  if (priorities_[fiber] == 0) {
    priorities_[fiber] = ((prng_.next() >> 33) << 32) + kFirstRank + fiber;
  }
  return priorities_[fiber];
}

void PriorityWalk::demote(std::uint32_t fiber) {
  LOCKSTEP_CHECK(next_lowest_ > 0);
  (void)priority_of(fiber);  // draws its rank, as if it had been seen before
  priorities_[fiber] = next_lowest_--;
}

std::uint32_t PriorityWalk::highest(const ChoicePoint& point) {
  std::uint32_t best = 0;
  for (std::uint32_t option = 1; option < point.count; ++option) {
    if (priority_of(point.fibers[option]) > priority_of(point.fibers[best])) {
      best = option;
    }
  }
  return best;
}

std::uint32_t PriorityWalk::choose(const ChoicePoint& point) {
  if (point.kind != ChoiceKind::kFiber) {
    return choose_without_fibers(prng_, rarity_, point);
  }
  ++step_;
  yields_ += point.yielding != kNoFiber && point.yielding == last_ ? 1 : 0;
  std::uint32_t best = highest(point);
  const auto change = std::lower_bound(change_points_.begin(), change_points_.end(), step_);
  if (change != change_points_.end() && *change == step_) {
    // It falls: highest at the first change, lowest at the last.
    priorities_[point.fibers[best]] =
        kFallen + static_cast<std::uint64_t>(change_points_.end() - change);
    best = highest(point);
  } else if (point.fibers[best] == last_ && (in_a_row_ >= kSpin || yields_ >= kYields)) {
    demote(last_);
    best = highest(point);
  }
  const bool same = point.fibers[best] == last_;
  in_a_row_ = same ? in_a_row_ + 1 : 1;
  yields_ = same ? yields_ : 0;
  last_ = point.fibers[best];
  return best;
}

}  // namespace lockstep
