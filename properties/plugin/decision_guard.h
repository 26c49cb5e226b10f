// Turns what a foreign scheduler says into Decisions, and holds it to the rules in plain words.
//
// The server checks the same rules, as failed checks of ours; this comes before, says what was
// found and expected in the scheduler's own terms, and keeps numbers that mean nothing (a lane 7 of
// 4, a request that never came) away from everything behind it. The first fault counts: what
// follows it is dropped, and the step has failed.
//
// One per scheduler; begin() before each of its steps. Requests are named by their number; those
// alive are found in a window from the oldest live one, 8 bytes for each request that came since.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <lockstep/plugin.h>

#include "core/scheduler.h"
#include "properties/plugin/scheduler_fault.h"

namespace lockstep {

class DecisionGuard {
 public:
  struct Limits {
    std::uint32_t lane_count = 1;  // 1 to kMaxLanes
    std::uint64_t rows_max = 0;    // of one batch, padding included
    std::string rows_option;       // that says so
  };
  explicit DecisionGuard(Limits limits) : limits_(std::move(limits)), lanes_(limits_.lane_count) {}

  // A step begins; `requests` and `out` outlive it. The same input, as the scheduler is told it.
  [[nodiscard]] lockstep_input begin(const Input& input, const RequestTable& requests,
                                     Decisions& out);
  // It ends: rules that hold for a step as a whole.
  void end();

  void start(const lockstep_start& start);
  void add(std::uint64_t batch, std::span<const lockstep_piece> pieces);
  void seal(std::uint64_t batch, std::uint32_t padded_rows, std::uint32_t reason);
  void finish(std::uint64_t request, std::uint32_t status, std::uint32_t reason);
  void finish_batch(std::uint64_t batch, std::uint32_t status, std::uint32_t reason);
  void wake(std::int64_t at_ns);
  // `text`: "found ..., expected ..." of a fault that is seen elsewhere.
  void fail(const std::string& text, SchedulerFaultKind kind = SchedulerFaultKind::kContract);

  // What was wrong first in this step: "start of batch 3: found lane 7, expected one of 0 to 3".
  [[nodiscard]] const std::optional<std::string>& fault() const { return fault_; }
  [[nodiscard]] SchedulerFaultKind fault_kind() const { return fault_kind_; }

 private:
  struct Lane {
    std::optional<std::uint64_t> batch;  // that runs here
    std::optional<QueueId> queue;        // of its members; nullopt: it has none yet
    std::vector<Piece> members;
    std::uint64_t rows = 0;  // of its members
    bool sealed = false;
    bool down = false;
  };
  // What this step did to a request so far, beyond what the table says.
  struct Change {
    std::uint32_t rows_started = 0;
    bool finished = false;
  };

  void note_request(const Input& input, lockstep_input& told);
  [[nodiscard]] std::optional<RequestSlot> slot_of(std::uint64_t request) const;
  // Whether all is well so far: else nothing is taken.
  [[nodiscard]] bool sound() const { return !fault_; }
  bool check_code(const char* what, std::uint32_t code, std::uint32_t count);
  bool check_rows(std::uint64_t rows);
  bool check_start(const lockstep_start& start);
  Lane* filling(std::uint64_t batch);
  // The pieces as ours, into pieces_; earliest arrival of their requests. `queue`: of the batch.
  bool take_pieces(std::span<const lockstep_piece> pieces, std::optional<QueueId>& queue,
                   SimTime& earliest);
  bool take_piece(const lockstep_piece& piece, std::optional<QueueId>& queue, SimTime& earliest);
  // Takes pieces_ into the lane's batch, if that may be so large.
  bool join(Lane& lane, std::uint32_t padded_rows);
  void note_ends();
  void fail_at(const std::string& decision, const std::string& text);

  Limits limits_;
  std::vector<Lane> lanes_;
  std::uint64_t next_batch_ = 0;
  std::deque<RequestSlot> window_;  // of the requests from window_begin_ on
  std::uint64_t window_begin_ = 0;

  // Of the step.
  const RequestTable* requests_ = nullptr;
  Decisions* out_ = nullptr;
  SimTime now_{};
  std::optional<std::uint64_t> done_batch_;  // that this input ended, not finished yet
  std::vector<Piece> done_members_;
  std::map<std::uint64_t, Change> changes_;
  std::vector<Piece> pieces_;
  std::string decision_;  // that is being taken, for texts
  std::optional<std::string> fault_;
  SchedulerFaultKind fault_kind_ = SchedulerFaultKind::kContract;
};

}  // namespace lockstep
