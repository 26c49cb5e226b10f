// The journal as text: one CSV row per input and per decision, in the order in which they happened.
//
// File: journal.csv.zst of a run directory.
// Columns (empty = the kind does not have it; a kind has exactly the columns named below):
//   kind            inputs: arrive, timer, step-done, batch-done, cancel, close-queue, lane-up,
//                   lane-down; decisions: start, add, seal, finish, finish-batch, wake
//   sequence        inputs: ordinal of the input, from 0
//   now_ns          inputs: its time, ns
//   request         arrive, cancel, finish: ordinal of the arrival, from 0
//   queue           arrive, step-done, batch-done, cancel, close-queue, start: id, from 0
//   lane            step-done, batch-done, lane-up, lane-down, start: id, from 0
//   batch           step-done, batch-done, start, add, seal, finish-batch: ordinal, from 0
//   size            arrive: rows
//   priority        arrive: 0 to 255
//   timeout_ns      arrive: the client's deadline after now_ns, ns; 0 = none
//   client          arrive: who sent it
//   status          step-done, batch-done, finish, finish-batch: OK, UNAVAILABLE, ...
//   device_time_ns  step-done, batch-done: execution alone, ns
//   device_pending  step-done, batch-done: work queued on the device at that moment
//   reason          start, add, seal, finish, finish-batch: full, timeout, ...
//   opened_ns       start: the first member entered the batch, ns
//   due_ns          start: it could have left from here on, ns
//   padded_rows     start, seal: rows to execute; 0 = as many as the members have
//   sealed          start: 1 when the members are frozen, 0 when more may be added
//   wake_ns         wake: when the scheduler wants its timer, ns
//   members         start, add: items [p]FIRST[-LAST][+FIRST_ROW]:ROWS separated by spaces
//                   (members_text in core/journal.h)
//   digest          of the chain after this line, 16 lower-case hex digits
// A time that is `kForever` is written `never`.
// The reader validates every field, and does not judge digests: re-execution does that.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal.h"
#include "core/result.h"

namespace lockstep {

// The header row with its line end.
[[nodiscard]] std::string journal_header();
// One row with its line end.
void append_journal_line(std::string& text, const JournalLine& line);

// Next line in file order; nullopt at the end; after an error it is not called again. Memory does
// not grow with the journal.
using JournalLineSource = std::function<Result<std::optional<JournalLine>>()>;

// Errors: as of trace files, with FILE:LINE:COLUMN in the uncompressed text; a zstd stream that is
// cut or altered, reported at the line where it ends.
[[nodiscard]] Result<JournalLineSource> open_journal(const std::string& path);
// `text` outlives the source.
[[nodiscard]] Result<JournalLineSource> open_journal_text(std::string name, std::string_view text);

// Parses what members_text() writes. Returns the offset of the first byte that does not belong
// there, or nullopt when `text` is well-formed; `out` is replaced.
[[nodiscard]] std::optional<std::size_t> parse_members(std::string_view text,
                                                       std::vector<JournalMember>& out);

}  // namespace lockstep
