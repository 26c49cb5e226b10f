// One queue of tf-shared, written again from the rules: which batch it yields at an instant, when
// it was opened, when it became due and why (TF 2.1 to 2.8).
//
// Told what the queue was told: who it accepted, when it closed, what batches cost, and that a
// batch was taken. Everything in lists, nothing incremental but what the rules name. Not for
// priority_merge (what enters the open batch cannot be seen) and priority-aware queues. Owned by
// a checker.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "core/status.h"
#include "core/time.h"
#include "properties/checkers/registered_rules.h"

namespace lockstep {

class SharedQueueModel {
 public:
  struct Piece {
    std::uint64_t request = 0;
    std::int64_t rows = 0;
    friend bool operator==(const Piece&, const Piece&) = default;
  };
  // A batch as it leaves.
  struct Yield {
    std::vector<Piece> pieces{};  // the padding list last
    SimTime opened{};
    SimTime due{};
    Reason reason = Reason::kNone;
    // At one instant two causes: the plain scheduler keeps the first (tf_queue.h).
    Reason also = Reason::kNone;
  };

  // `rules` outlives it.
  explicit SharedQueueModel(const RegisteredQueue& rules) : rules_(rules) {}

  void accept(const Piece& request, bool low, SimTime now);
  void close(SimTime now);
  // Of a batch that ended OK and was executed with `rows` rows, padding included.
  void note_cost(std::int64_t rows, SimDuration cost);
  // Removes what a thread gets that asks at `now`; nullopt: nothing (TF 2.3).
  [[nodiscard]] std::optional<Yield> pull(SimTime now);

 private:
  struct Batch {
    std::deque<Piece> pieces{};
    std::int64_t rows = 0;
    SimTime opened{};
    SimTime full = kForever;  // since when its rows reach the limit
    SimTime due{};            // closed
    Reason reason = Reason::kNone;
    Reason also = Reason::kNone;
  };
  struct Low {
    Piece piece{};
    SimTime arrived{};
  };
  struct Mean {
    std::int64_t total_ns = 0;
    std::int64_t count = 0;
  };

  void append(const Piece& piece, SimTime now);
  void close_open(SimTime now, Reason fallback);
  [[nodiscard]] bool schedulable(SimTime now) const;
  [[nodiscard]] std::int64_t trim_target() const;
  [[nodiscard]] bool next_is_cheaper(std::int64_t next, std::int64_t previous) const;
  void close_for_pull(SimTime now);
  [[nodiscard]] bool low_ready(SimTime now) const;
  [[nodiscard]] Yield take_low(SimTime now);
  void take_padding(Yield& batch);
  void take_low_up_to(std::int64_t budget, Yield& batch);
  void note_low(SimTime now);

  const RegisteredQueue& rules_;
  std::deque<Batch> closed_;
  Batch open_;
  std::deque<Low> low_;
  std::int64_t low_rows_ = 0;
  SimTime low_full_ = kForever;  // since when they fill a batch of their own
  SimTime alone_since_{};        // since when nobody else waits
  SimTime closed_at_ = kForever;
  std::map<std::int64_t, Mean> costs_;
};

}  // namespace lockstep
