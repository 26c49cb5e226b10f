// One interface for everything that a controlled run leaves open (verification 4.2).
//
// choose(kind, site, count) says which of `count` options is taken; option 0 is always the dullest
// (nobody is preempted, no fault). So "all zeros" is the sequential run, and a run is its sequence
// of choices. Strategies are deterministic: same seed, same choices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/prng.h"

namespace lockstep {

enum class ChoiceKind : std::uint8_t {
  kFiber,       // who runs next, or whether the running one is interrupted
  kWakeUp,      // whether a fiber wakes without reason
  kCompletion,  // which of several device completions is heard of first
  kFault,       // whether a fault strikes
  kWaiter,      // which of several waiters is woken
};
inline constexpr std::uint8_t kChoiceKindCount = 5;
[[nodiscard]] std::string_view choice_kind_name(ChoiceKind kind);

inline constexpr std::uint32_t kNoFiber = UINT32_MAX;

// A fiber choice knows who may run, so that a strategy can follow fibers (PCT).
struct ChoicePoint {
  ChoiceKind kind = ChoiceKind::kFiber;
  std::string_view site{};                // a literal name, never a line number
  std::uint32_t count = 1;                // of options, at least 2 when asked
  const std::uint32_t* fibers = nullptr;  // the fiber of each option; kFiber: all different
  bool running_first = false;             // option 0: the running one goes on; others preempt it
  std::uint32_t yielding = kNoFiber;      // kFiber: this one has just asked for others to run
};

class Choices {
 public:
  Choices() = default;
  Choices(const Choices&) = delete;
  Choices& operator=(const Choices&) = delete;
  virtual ~Choices() = default;
  // Less than point.count.
  [[nodiscard]] virtual std::uint32_t choose(const ChoicePoint& point) = 0;
};

// Always the dullest.
class DullChoices final : public Choices {
 public:
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& /*point*/) override { return 0; }
};

struct RecordedChoice {
  ChoiceKind kind = ChoiceKind::kFiber;
  std::uint32_t count = 1;
  std::uint32_t chosen = 0;
  std::string_view site{};
  bool running_first = false;
  std::uint32_t dullest = kNoFiber;  // the fiber of option 0
  std::uint32_t fiber = kNoFiber;    // the one that was chosen

  // The running fiber was interrupted: the currency in which schedules are counted
  // (verification 4.7).
  [[nodiscard]] bool is_preemption() const { return running_first && chosen != 0; }
  friend bool operator==(const RecordedChoice&, const RecordedChoice&) = default;
};

// Keeps what another strategy chose.
class RecordingChoices final : public Choices {
 public:
  explicit RecordingChoices(Choices& strategy) : strategy_(strategy) {}
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point) override;
  [[nodiscard]] const std::vector<RecordedChoice>& choices() const { return choices_; }
  // Of the whole sequence: equal for equal schedules.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  Choices& strategy_;
  std::vector<RecordedChoice> choices_;
};

// A recorded sequence; beyond its end, and where an option no longer exists, the dullest
// (verification 4.7: repair).
class ReplayedChoices final : public Choices {
 public:
  explicit ReplayedChoices(std::vector<std::uint32_t> choices) : choices_(std::move(choices)) {}
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point) override;

 private:
  std::vector<std::uint32_t> choices_;
  std::size_t next_ = 0;
};

// What a strategy that has a rule for fibers only chooses elsewhere: faults and wake-ups without
// reason once in `rarity`, of other options any.
[[nodiscard]] std::uint32_t choose_without_fibers(Prng& prng, std::uint32_t rarity,
                                                  const ChoicePoint& point);

// Every option is as likely as any other; faults and wake-ups without reason once in `rarity`.
class RandomWalk final : public Choices {
 public:
  explicit RandomWalk(std::uint64_t seed, std::uint32_t rarity = 16)
      : prng_(seed, "choices.walk"), rarity_(rarity) {}
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point) override;

 private:
  Prng prng_;
  std::uint32_t rarity_;
};

// Probabilistic concurrency testing (Burckhardt et al. 2010; verification 4.3): fibers have random
// priorities, the highest that may run runs; at depth - 1 steps, drawn without replacement from the
// first `steps`, the running one falls below all others. A step counts only when two may run. One
// that nobody else gets a turn from, for kSpin choices or kYields of its yields, falls too: it
// waits for somebody else.
class PriorityWalk final : public Choices {
 public:
  PriorityWalk(std::uint64_t seed, std::uint32_t depth, std::uint32_t steps,
               std::uint32_t rarity = 16);
  [[nodiscard]] std::uint32_t choose(const ChoicePoint& point) override;
  // Fiber choices so far: the next run's `steps`.
  [[nodiscard]] std::uint32_t steps() const { return step_; }
  [[nodiscard]] const std::vector<std::uint32_t>& change_points() const { return change_points_; }

 private:
  static constexpr std::uint32_t kSpin = 1000;
  static constexpr std::uint32_t kYields = 3;

  [[nodiscard]] std::uint64_t priority_of(std::uint32_t fiber);
  [[nodiscard]] std::uint32_t highest(const ChoicePoint& point);
  // Below all, also below those that fell at a change point.
  void demote(std::uint32_t fiber);

  Prng prng_;
  std::uint32_t rarity_;
  std::uint32_t step_ = 0;
  std::uint32_t in_a_row_ = 0;  // choices of last_
  std::uint32_t yields_ = 0;    // among them after a yield
  std::uint32_t last_ = kNoFiber;
  std::uint64_t next_lowest_ = 0;             // of the next one that is demoted
  std::vector<std::uint32_t> change_points_;  // ascending, the first step is 1
  std::vector<std::uint64_t> priorities_;     // by fiber; 0: not seen yet
};

}  // namespace lockstep
