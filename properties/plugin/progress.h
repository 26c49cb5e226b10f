// How far foreign code has come, in memory that a watching process shares with the one that runs
// it.
//
// Whoever runs cases writes the number of each before it begins, and marks every stretch in which
// code that is not ours runs: after a crash or a hang the watcher knows which case it was, and
// where in it. Plain lock-free words: they are readable whatever happened to the writer.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/time.h"

namespace lockstep {

class Progress {
 public:
  // Foreign code is not in a step: it is loaded, made or destroyed.
  static constexpr std::uint64_t kNoInput = UINT64_MAX;

  // What is run from here on: a seed, an index, whatever the watcher can make a repetition from.
  void begin_case(std::uint64_t number) { case_number_.store(number); }
  [[nodiscard]] std::uint64_t case_number() const { return case_number_.load(); }

  // Foreign code begins to handle input number `sequence` of this case, and is back from it.
  void enter(std::uint64_t sequence, SimTime now) {
    sequence_.store(sequence);
    now_ns_.store(ns_of(now));
    crossings_.fetch_add(1);
  }
  void leave() { crossings_.fetch_add(1); }

  // Odd while foreign code runs. A watcher that sees the same odd number for too long sees a hang.
  [[nodiscard]] std::uint64_t crossings() const { return crossings_.load(); }
  [[nodiscard]] bool inside() const { return crossings() % 2 == 1; }
  [[nodiscard]] std::uint64_t sequence() const { return sequence_.load(); }
  [[nodiscard]] SimTime now() const { return at_ns(now_ns_.load()); }

 private:
  std::atomic<std::uint64_t> case_number_ = 0;
  std::atomic<std::uint64_t> crossings_ = 0;
  std::atomic<std::uint64_t> sequence_ = 0;
  std::atomic<std::int64_t> now_ns_ = 0;
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};

// A stretch in which foreign code runs. `progress` may be nullptr: nobody watches.
class ForeignStretch {
 public:
  explicit ForeignStretch(Progress* progress, std::uint64_t sequence = Progress::kNoInput,
                          SimTime now = {})
      : progress_(progress) {
    if (progress_ != nullptr) {
      progress_->enter(sequence, now);
    }
  }
  ForeignStretch(const ForeignStretch&) = delete;
  ForeignStretch& operator=(const ForeignStretch&) = delete;
  ~ForeignStretch() {
    if (progress_ != nullptr) {
      progress_->leave();
    }
  }

 private:
  Progress* progress_;
};

}  // namespace lockstep
