// Writer of journal rows; the reader is journal_reader.cpp.
#include "traces/journal_csv.h"

#include <string_view>

#include "core/digest.h"
#include "core/status.h"
#include "traces/journal_columns.h"
#include "traces/output_file.h"

namespace lockstep {
namespace {

void append_time(std::string& text, SimTime time) {
  if (time == kForever) {
    text += "never";
  } else {
    append_number(text, ns_of(time));
  }
}

void append_input_field(std::string& text, const JournalLine& line, JournalColumn column) {
  const Input& input = line.input;
  switch (column) {
    case JournalColumn::kSequence:
      return append_number(text, input.sequence);
    case JournalColumn::kNow:
      return append_time(text, input.now);
    case JournalColumn::kRequest:
      return append_number(text, raw(line.request));
    case JournalColumn::kQueue:
      return append_number(text, raw(input.queue));
    case JournalColumn::kLane:
      return append_number(text, raw(input.lane));
    case JournalColumn::kBatch:
      return append_number(text, raw(input.batch));
    case JournalColumn::kSize:
      return append_number(text, line.arrival.size);
    case JournalColumn::kPriority:
      return append_number(text, static_cast<std::uint32_t>(line.arrival.priority));
    case JournalColumn::kTimeout:
      return append_number(text, ns_of(line.arrival.timeout));
    case JournalColumn::kClient:
      return append_number(text, raw(line.arrival.client));
    case JournalColumn::kStatus:
      text += status_name(input.status);
      return;
    case JournalColumn::kDeviceTime:
      return append_number(text, ns_of(input.device_time));
    case JournalColumn::kDevicePending:
      return append_number(text, input.device_pending);
    default:
      return;  // not a column of inputs: columns_of() never asks for it
  }
}

void append_decision_field(std::string& text, const JournalLine& line, JournalColumn column) {
  const Decision& decision = line.decision;
  switch (column) {
    case JournalColumn::kRequest:
      return append_number(text, raw(line.request));
    case JournalColumn::kQueue:
      return append_number(text, raw(decision.queue));
    case JournalColumn::kLane:
      return append_number(text, raw(decision.lane));
    case JournalColumn::kBatch:
      return append_number(text, raw(decision.batch));
    case JournalColumn::kStatus:
      text += status_name(decision.status);
      return;
    case JournalColumn::kReason:
      text += reason_name(decision.reason);
      return;
    case JournalColumn::kOpened:
      return append_time(text, decision.opened);
    case JournalColumn::kDue:
      return append_time(text, decision.due);
    case JournalColumn::kPaddedRows:
      return append_number(text, decision.padded_rows);
    case JournalColumn::kSealed:
      text += decision.sealed ? '1' : '0';
      return;
    case JournalColumn::kWake:
      return append_time(text, decision.wake);
    case JournalColumn::kMembers:
      text += members_text(line.members);
      return;
    default:
      return;  // not a column of decisions
  }
}

}  // namespace

std::string journal_header() {
  std::string text;
  for (const std::string_view name : kJournalColumnNames) {
    text.append(text.empty() ? "" : ",").append(name);
  }
  return text + "\n";
}

void append_journal_line(std::string& text, const JournalLine& line) {
  const JournalColumnSet used =
      line.is_input ? columns_of(line.input.kind) : columns_of(line.decision.kind);
  text += line.is_input ? input_kind_name(line.input.kind) : decision_kind_name(line.decision.kind);
  for (std::size_t i = 1; i + 1 < kJournalColumnCount; ++i) {
    const auto column = static_cast<JournalColumn>(i);
    text += ',';
    if (has(used, column)) {
      if (line.is_input) {
        append_input_field(text, line, column);
      } else {
        append_decision_field(text, line, column);
      }
    }
  }
  text += ',';
  text += digest_text(line.digest);
  text += '\n';
}

}  // namespace lockstep
