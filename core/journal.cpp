#include "core/journal.h"

#include <array>

#include "core/status.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, kInputKindCount> kInputNames = {
    "arrive", "timer", "step-done", "batch-done", "cancel", "close-queue", "lane-up", "lane-down"};
constexpr std::array<std::string_view, kDecisionKindCount> kDecisionNames = {
    "start", "add", "seal", "finish", "finish-batch", "wake"};

std::uint64_t word(SimTime time) {
  return static_cast<std::uint64_t>(ns_of(time));
}
std::uint64_t word(SimDuration span) {
  return static_cast<std::uint64_t>(span.count());
}

std::string time_text(SimTime time) {
  return time == kForever ? std::string("never") : to_text(time.time_since_epoch());
}

std::uint64_t total_rows(std::span<const JournalMember> members) {
  std::uint64_t rows = 0;
  for (const JournalMember& member : members) {
    rows += member.rows;
  }
  return rows;
}

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string describe_input(const JournalLine& line) {
  const Input& input = line.input;
  std::string text = "at " + time_text(input.now) + " " + std::string(input_kind_name(input.kind));
  switch (input.kind) {
    case InputKind::kArrive:
      return text + " request " + number(raw(line.request)) + " of " + number(line.arrival.size) +
             " rows in queue " + number(raw(input.queue));
    case InputKind::kCancel:
      return text + " request " + number(raw(line.request));
    case InputKind::kCloseQueue:
      return text + " queue " + number(raw(input.queue));
    case InputKind::kStepDone:
    case InputKind::kBatchDone:
      return text + " batch " + number(raw(input.batch)) + " on lane " + number(raw(input.lane)) +
             " " + std::string(status_name(input.status));
    case InputKind::kLaneUp:
    case InputKind::kLaneDown:
      return text + " lane " + number(raw(input.lane));
    case InputKind::kTimer:
      break;
  }
  return text;
}

std::string describe_decision(const JournalLine& line) {
  const Decision& decision = line.decision;
  const std::string batch = " batch " + number(raw(decision.batch));
  const std::string why = ", " + std::string(reason_name(decision.reason));
  switch (decision.kind) {
    case DecisionKind::kStart:
      return "start" + batch + " of queue " + number(raw(decision.queue)) + " on lane " +
             number(raw(decision.lane)) +
             (line.members.empty() ? ": no requests"
                                   : ": requests " + members_text(line.members) + " (" +
                                         number(total_rows(line.members)) + " rows)") +
             ", opened " + time_text(decision.opened) + ", due " + time_text(decision.due) + why +
             (decision.sealed ? "" : ", unsealed");
    case DecisionKind::kAdd:
      return "add to" + batch + ": requests " + members_text(line.members);
    case DecisionKind::kSeal:
      // 0: as many as its members have, which this line does not say.
      return "seal" + batch +
             (decision.padded_rows == 0 ? "" : " at " + number(decision.padded_rows) + " rows") +
             why;
    case DecisionKind::kFinish:
      return "finish request " + number(raw(line.request)) + " " +
             std::string(status_name(decision.status)) + why;
    case DecisionKind::kFinishBatch:
      return "finish" + batch + " " + std::string(status_name(decision.status)) + why;
    case DecisionKind::kWake:
      break;
  }
  return "wake at " + time_text(decision.wake);
}

}  // namespace

std::string_view input_kind_name(InputKind kind) {
  return kInputNames.at(static_cast<std::size_t>(kind));
}
std::string_view decision_kind_name(DecisionKind kind) {
  return kDecisionNames.at(static_cast<std::size_t>(kind));
}

LineDigest digest_input(const Input& input, RequestId request) {
  LineDigest line;
  line.pair(
      digest_head(true, static_cast<std::uint8_t>(input.kind), input.status, Reason::kNone, false),
      word(input.now));
  switch (input.kind) {
    case InputKind::kArrive:
    case InputKind::kTimer:
      break;
    case InputKind::kCancel:
    case InputKind::kCloseQueue:
    case InputKind::kLaneUp:
    case InputKind::kLaneDown:
      line.pair(raw(request), (std::uint64_t{raw(input.queue)} << 32) | raw(input.lane));
      break;
    case InputKind::kStepDone:
    case InputKind::kBatchDone:
      line.pair(raw(input.batch), raw(input.lane));
      line.pair(word(input.device_time), static_cast<std::uint64_t>(input.device_pending));
      break;
  }
  return line;
}

LineDigest digest_decision(const Decision& decision, RequestId request) {
  LineDigest line;
  line.pair(digest_head(false, static_cast<std::uint8_t>(decision.kind), decision.status,
                        decision.reason, decision.sealed),
            decision.kind == DecisionKind::kWake ? word(decision.wake) : raw(decision.batch));
  switch (decision.kind) {
    case DecisionKind::kStart:
      line.pair(word(decision.opened), word(decision.due));
      line.pair((std::uint64_t{raw(decision.queue)} << 32) | raw(decision.lane),
                decision.padded_rows);
      break;
    case DecisionKind::kSeal:
      line.pair(decision.padded_rows, 0);
      break;
    case DecisionKind::kFinish:
      line.pair(raw(request), 0);
      break;
    case DecisionKind::kAdd:
    case DecisionKind::kFinishBatch:
    case DecisionKind::kWake:
      break;
  }
  return line;
}

LineDigest digest_line(const JournalLine& line) {
  if (line.is_input) {
    return line.input.kind == InputKind::kArrive ? digest_arrival(line.request, line.arrival)
                                                 : digest_input(line.input, line.request);
  }
  MembersDigest members(digest_decision(line.decision, line.request));
  for (const JournalMember& member : line.members) {
    members.add(member.request, member.first_row, member.rows, member.padding);
  }
  return members.finish();
}

namespace {

// Of the fields that belong to its kind; the others are at their defaults in both.
bool same_input(const JournalLine& a, const JournalLine& b) {
  const Input& x = a.input;
  const Input& y = b.input;
  const Arrival& sent = a.arrival;
  const Arrival& also = b.arrival;
  return x.kind == y.kind && x.now == y.now && x.sequence == y.sequence && x.queue == y.queue &&
         x.lane == y.lane && x.batch == y.batch && x.status == y.status &&
         x.device_time == y.device_time && x.device_pending == y.device_pending &&
         a.request == b.request &&
         (x.kind != InputKind::kArrive ||
          (sent.time == also.time && sent.timeout == also.timeout && sent.client == also.client &&
           sent.queue == also.queue && sent.size == also.size && sent.priority == also.priority));
}

bool same_decision(const JournalLine& a, const JournalLine& b) {
  const Decision& x = a.decision;
  const Decision& y = b.decision;
  return x.kind == y.kind && x.reason == y.reason && x.status == y.status && x.sealed == y.sealed &&
         x.lane == y.lane && x.queue == y.queue && x.padded_rows == y.padded_rows &&
         x.batch == y.batch && x.opened == y.opened && x.due == y.due && x.wake == y.wake &&
         a.request == b.request && a.members == b.members;
}

}  // namespace

bool same_content(const JournalLine& a, const JournalLine& b) {
  // Field by field: whoever can compute a digest can find another line that has it.
  return a.is_input == b.is_input && (a.is_input ? same_input(a, b) : same_decision(a, b));
}

std::string describe(const JournalLine& line) {
  return line.is_input ? describe_input(line) : describe_decision(line);
}

std::string members_text(std::span<const JournalMember> members) {
  std::string text;
  std::size_t begin = 0;
  while (begin < members.size()) {
    const JournalMember& first = members[begin];
    std::size_t end = begin + 1;
    // A run: neighbours in id that look alike and start at row 0.
    while (end < members.size() && first.first_row == 0 &&
           raw(members[end].request) == raw(first.request) + (end - begin) &&
           members[end].first_row == 0 && members[end].rows == first.rows &&
           members[end].padding == first.padding) {
      ++end;
    }
    text += text.empty() ? "" : " ";
    text += first.padding ? "p" : "";
    text += number(raw(first.request));
    if (end - begin > 1) {
      text += "-" + number(raw(first.request) + (end - begin) - 1);
    }
    if (first.first_row != 0) {
      text += "+" + number(first.first_row);
    }
    text += ":" + number(first.rows);
    begin = end;
  }
  return text;
}

}  // namespace lockstep
