// The journal: every input and every decision, one line each, with the chained digest.
//
// Feeding a journal's inputs to a fresh core must give its decisions again
// (properties/reexecution.h). A line speaks of RequestIds, never of slots. The digest of a line is
// over the words listed in journal.cpp: all that it keeps, but for what follows from the lines
// before it (an input's sequence, a completed batch's queue), which re-execution holds it to. The
// chain starts from the digest of the run's settings, so that edited settings show at the first
// line.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/batch.h"
#include "core/digest.h"
#include "core/ids.h"
#include "core/request.h"
#include "core/scheduler.h"

namespace lockstep {

// A member of a started batch as the journal writes it.
struct JournalMember {
  RequestId request{0};
  std::uint32_t first_row = 0;
  std::uint32_t rows = 0;
  bool padding = false;
  friend bool operator==(const JournalMember&, const JournalMember&) = default;
};

// One line. Slots inside `input` and `decision` are meaningless here: `request` has the id.
struct JournalLine {
  bool is_input = true;
  Input input;                         // is_input
  Arrival arrival;                     // is_input && input.kind == kArrive; time = input.now
  Decision decision;                   // !is_input
  RequestId request{0};                // kArrive, kCancel, kFinish
  std::vector<JournalMember> members;  // kStart, kAdd
  std::uint64_t digest = 0;            // of the chain after this line
};

// First word of a line: what it is. Inputs and decisions never share a first word.
[[nodiscard]] constexpr std::uint64_t digest_head(bool is_input, std::uint8_t kind, Status status,
                                                  Reason reason, bool sealed) {
  return std::uint64_t{is_input} | (std::uint64_t{kind} << 8) |
         (static_cast<std::uint64_t>(status) << 16) | (static_cast<std::uint64_t>(reason) << 24) |
         (std::uint64_t{sealed} << 32);
}

// Words of a line. Both the server (from live state) and readers (from text) use these.
[[nodiscard]] inline LineDigest digest_arrival(RequestId request, const Arrival& arrival) {
  // One multiplication: the commonest line. Number and time share a word, the number scrambled by
  // an odd factor, so that no edit of one of them leaves the word as it was.
  LineDigest line;
  line.pair(static_cast<std::uint64_t>(ns_of(arrival.time)) + raw(request) * 0xd6e8feb86659fd93u,
            (std::uint64_t{raw(arrival.queue)} << 33) ^ (std::uint64_t{arrival.priority} << 25) ^
                arrival.size ^
                (digest_head(true, static_cast<std::uint8_t>(InputKind::kArrive), Status::kOk,
                             Reason::kNone, false)
                 << 56));
  // Most traces have neither: a third pair, present or absent, keeps the lines apart.
  if (arrival.timeout != SimDuration{0} || arrival.client != ClientId{0}) {
    line.pair(static_cast<std::uint64_t>(arrival.timeout.count()), raw(arrival.client));
  }
  return line;
}
// Of every other input.
[[nodiscard]] LineDigest digest_input(const Input& input, RequestId request);
[[nodiscard]] LineDigest digest_decision(const Decision& decision, RequestId request);

// The members of a line, folded in as the runs that members_text() writes: neighbours in id that
// look alike cost a comparison each and one multiplication together.
class MembersDigest {
 public:
  explicit MembersDigest(const LineDigest& line) : line_(line) {}

  void add(RequestId request, std::uint32_t first_row, std::uint32_t rows, bool padding) {
    if (raw(request) != next_ || rows != rows_ || (first_row | first_row_) != 0 ||
        padding != padding_) [[unlikely]] {
      end_run();
      first_ = raw(request);
      rows_ = rows;
      first_row_ = first_row;
      padding_ = padding;
    }
    next_ = raw(request) + 1;
  }
  [[nodiscard]] LineDigest finish() {
    end_run();
    return line_;
  }

 private:
  void end_run() {
    if (next_ != kNone) {
      line_.pair(first_, next_);
      line_.pair(rows_, (std::uint64_t{first_row_} << 1) ^ std::uint64_t{padding_});
    }
  }

  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  LineDigest line_;
  std::uint64_t first_ = 0;
  std::uint64_t next_ = kNone;  // the id that would prolong the run
  std::uint32_t rows_ = 0;
  std::uint32_t first_row_ = 0;
  bool padding_ = false;
};

// The digest of a whole line as read from a file.
[[nodiscard]] LineDigest digest_line(const JournalLine& line);

// Equal in everything a journal keeps, digests aside.
[[nodiscard]] bool same_content(const JournalLine& a, const JournalLine& b);

// One line for messages: "start batch 3 on lane 0: requests 5-20 (16 rows), full".
[[nodiscard]] std::string describe(const JournalLine& line);

// "5-20", "7+4:3": ranges of members, as journal files and messages write them.
// Grammar per item, separated by spaces: [p]FIRST[-LAST][+FIRST_ROW]:ROWS; `p` marks padding
// pieces.
[[nodiscard]] std::string members_text(std::span<const JournalMember> members);

[[nodiscard]] std::string_view input_kind_name(InputKind kind);        // "arrive", "batch-done"
[[nodiscard]] std::string_view decision_kind_name(DecisionKind kind);  // "start", "finish-batch"

}  // namespace lockstep
