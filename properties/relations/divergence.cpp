#include "properties/relations/divergence.h"

#include <algorithm>
#include <utility>

namespace lockstep {
namespace {

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string text(std::string_view view) {
  return std::string(view);
}

std::string input_text(const JournalLine& line) {
  const Input& input = line.input;
  switch (input.kind) {
    case InputKind::kArrive:
      return "request " + number(raw(line.request)) + " of " + number(line.arrival.size) +
             " rows comes to queue " + number(raw(input.queue));
    case InputKind::kTimer:
      return "the timer";
    case InputKind::kStepDone:
      return "a step of batch " + number(raw(input.batch)) + " ends";
    case InputKind::kBatchDone:
      return "batch " + number(raw(input.batch)) + " ends on lane " + number(raw(input.lane)) +
             ", " + text(status_name(input.status));
    case InputKind::kCancel:
      return "the client of request " + number(raw(line.request)) + " cancels";
    case InputKind::kCloseQueue:
      return "queue " + number(raw(input.queue)) + " is closed";
    case InputKind::kLaneUp:
      return "lane " + number(raw(input.lane)) + " comes back";
    case InputKind::kLaneDown:
      return "lane " + number(raw(input.lane)) + " goes down, " + text(status_name(input.status));
  }
  return "";
}

std::string members_of(const JournalLine& line) {
  std::string list;
  for (const JournalMember& member : line.members) {
    list += " " + number(raw(member.request));
    if (member.first_row != 0) {
      list += " from row " + number(member.first_row);
    }
    list += "(" + number(member.rows) + (member.padding ? ", padding)" : ")");
  }
  return list.empty() ? " nobody" : list;
}

// As many as its members have, when the decision does not say.
std::uint64_t executed_rows(const JournalLine& line) {
  std::uint64_t rows = 0;
  for (const JournalMember& member : line.members) {
    rows += member.rows;
  }
  return std::max<std::uint64_t>(rows, line.decision.padded_rows);
}

std::string decision_text(const JournalLine& line) {
  const Decision& decision = line.decision;
  const std::string batch = "batch " + number(raw(decision.batch));
  switch (decision.kind) {
    case DecisionKind::kStart:
      return batch + " of queue " + number(raw(decision.queue)) + " starts on lane " +
             number(raw(decision.lane)) + ", " + text(reason_name(decision.reason)) + ", opened " +
             to_text(decision.opened.time_since_epoch()) + ", due " +
             to_text(decision.due.time_since_epoch()) + ", " + number(executed_rows(line)) +
             " rows, with" + members_of(line);
    case DecisionKind::kAdd:
      return "to " + batch + " comes" + members_of(line);
    case DecisionKind::kSeal:
      return batch + " is sealed, " + text(reason_name(decision.reason));
    case DecisionKind::kFinish:
      return "request " + number(raw(line.request)) + " ends with " +
             text(status_name(decision.status)) + ", " + text(reason_name(decision.reason));
    case DecisionKind::kFinishBatch:
      return "the requests of " + batch + " are answered, " + text(status_name(decision.status));
    case DecisionKind::kWake:
      return decision.wake == kForever
                 ? "no timer"
                 : "a timer is set to " + to_text(decision.wake.time_since_epoch());
  }
  return "";
}

std::string end_text(const RecordedRequest& request) {
  if (!request.end) {
    return "no answer";
  }
  return text(status_name(request.end->status)) + " (" + text(reason_name(request.end->reason)) +
         ") at " + to_text(request.end->at.time_since_epoch());
}

// Fields that a kind does not use stand at their defaults in both.
bool same(const JournalLine& a, const JournalLine& b, const RunMapping& mapping) {
  if (a.is_input != b.is_input) {
    return false;
  }
  if (a.is_input) {
    const Input& x = a.input;
    const Input& y = b.input;
    const bool arrives = x.kind == InputKind::kArrive;
    const bool names = arrives || x.kind == InputKind::kCancel;
    const bool of_queue = arrives || x.kind == InputKind::kCloseQueue;
    return x.kind == y.kind && mapping.of(x.now) == y.now && x.status == y.status &&
           x.lane == y.lane && x.batch == y.batch &&
           x.device_time * mapping.factor == y.device_time &&
           x.device_pending == y.device_pending && (!of_queue || mapping.of(x.queue) == y.queue) &&
           (!names || a.request == b.request) &&
           (!arrives || (a.arrival.size == b.arrival.size &&
                         (mapping.ignore_priorities || a.arrival.priority == b.arrival.priority)));
  }
  const Decision& x = a.decision;
  const Decision& y = b.decision;
  if (x.kind != y.kind || x.reason != y.reason || x.status != y.status || x.sealed != y.sealed ||
      x.lane != y.lane || x.batch != y.batch || executed_rows(a) != executed_rows(b) ||
      a.members != b.members) {
    return false;
  }
  switch (x.kind) {
    case DecisionKind::kStart:
      return mapping.of(x.opened) == y.opened && mapping.of(x.due) == y.due &&
             (a.members.empty() || mapping.of(x.queue) == y.queue);
    case DecisionKind::kFinish:
      return a.request == b.request;
    case DecisionKind::kWake:
      return mapping.of(x.wake) == y.wake;
    default:
      return true;
  }
}

TwinDivergence parted(std::size_t line, SimTime at, std::string first, std::string second) {
  TwinDivergence found{
      .line = line, .at = at, .first = std::move(first), .second = std::move(second)};
  found.text = (line == kNoLine ? "" : "alike for " + number(line) + " lines, then ") +
               found.first + "; in the other run " + found.second;
  return found;
}

std::optional<TwinDivergence> ends_part(const RunRecord& first, const RunRecord& second,
                                        const RunMapping& mapping) {
  for (std::size_t id = 0; id < first.requests.size(); ++id) {
    const RecordedRequest& a = first.requests[id];
    if (a.end && a.end->at >= mapping.until) {
      continue;
    }
    const bool there = id < second.requests.size();
    const bool alike = there && a.end.has_value() == second.requests[id].end.has_value() &&
                       (!a.end || (mapping.of(a.end->at) == second.requests[id].end->at &&
                                   a.end->status == second.requests[id].end->status &&
                                   a.end->reason == second.requests[id].end->reason));
    if (!alike && (a.end || mapping.until == kForever)) {
      return parted(kNoLine, a.end ? a.end->at : first.now,
                    "request " + number(id) + ": " + end_text(a),
                    there ? end_text(second.requests[id]) : "it never came");
    }
  }
  return std::nullopt;
}

}  // namespace

std::string line_text(const JournalLine& line, SimTime now) {
  return "at " + to_text(now.time_since_epoch()) + ": " +
         (line.is_input ? input_text(line) : decision_text(line));
}

std::optional<TwinDivergence> first_divergence(const RunRecord& first, const RunRecord& second,
                                               const RunMapping& mapping) {
  SimTime now{};
  SimTime other_now{};
  const std::size_t count = std::max(first.lines.size(), second.lines.size());
  for (std::size_t i = 0; i < count; ++i) {
    const JournalLine* a = i < first.lines.size() ? &first.lines[i] : nullptr;
    const JournalLine* b = i < second.lines.size() ? &second.lines[i] : nullptr;
    now = a != nullptr && a->is_input ? a->input.now : now;
    other_now = b != nullptr && b->is_input ? b->input.now : other_now;
    const bool a_over = a == nullptr || now >= mapping.until;
    const bool b_over =
        b == nullptr || (mapping.until != kForever && other_now >= mapping.of(mapping.until));
    if (a_over && b_over) {
      break;
    }
    if (a_over || b_over || !same(*a, *b, mapping)) {
      return parted(i, now, a_over ? "nothing more happens" : line_text(*a, now),
                    b_over ? "nothing more happens" : line_text(*b, other_now));
    }
  }
  if (first.broken_rule != second.broken_rule && mapping.until == kForever) {
    return parted(first.lines.size(), first.now,
                  first.broken_rule.empty() ? "no rule breaks" : first.broken_rule,
                  second.broken_rule.empty() ? "no rule breaks" : second.broken_rule);
  }
  return ends_part(first, second, mapping);
}

}  // namespace lockstep
