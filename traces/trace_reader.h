// Reads arrival traces as streams: our own CSV and the public formats of `lockstep list formats`.
//
// The format is told from the first line, or named, or a CSV whose columns are mapped; what each
// format holds and how it becomes arrivals is in docs/traces.md. Our own (`lockstep`): columns by
// name, in any order, only arrival_ns is required:
//   arrival_ns  int64, ns since the start of the trace, >= 0, not decreasing
//   queue       text, 1 to 64 characters, the model or queue; default "queue"
//   size        rows of the request, 1 to kMaxRequestRows; default 1
//   priority    0 to 255; default 0
//   timeout_ns  the client's deadline after arrival, ns; 0 or column absent = none
//   client      uint64, who sent it; default 0
// Every other format gives usual requests of size 1, unless --map says where sizes stand, and
// counts time from its earliest arrival, unless it states a time 0. Gzip and zstd are read as the
// text inside them.
//
// Every defect is refused with `FILE:LINE:COLUMN: found ..., expected ...` (COLUMN counts bytes
// from 1 and points at the field) or accepted by a rule stated in docs/traces.md. Times must not
// decrease, except in formats that record when requests ended: those are put in order within
// kReorderWindow rows (reordering_reader.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/arrival_source.h"
#include "traces/trace_columns.h"

namespace lockstep {

struct TraceOptions {
  std::string format;  // "", or a name from trace_format_names(): do not guess from the first line
  bool sort = false;   // accept rows in any order: reads the whole trace into memory
  std::string map = {};  // "", or the columns of a CSV of no known format (column_map.h)
};

class TraceReader : public ArrivalSource {
 public:
  // What an arrival may hold besides its time; valid at once.
  [[nodiscard]] virtual TraceColumns columns() const = 0;
  // Valid after the end was reached: digest of the file's bytes (of the text inside a compressed
  // one), and what was read.
  [[nodiscard]] virtual std::uint64_t content_digest() const = 0;
  [[nodiscard]] virtual std::uint64_t row_count() const = 0;
  [[nodiscard]] virtual std::string_view format() const = 0;
};

// Opens `path` ("-": standard input). The header is read at once, so that a wrong file fails here.
// A name with control bytes is refused.
[[nodiscard]] Result<std::unique_ptr<TraceReader>> open_trace(const std::string& path,
                                                              const TraceOptions& options);
// The same over bytes in memory that outlive the reader; `name` stands for FILE in messages.
[[nodiscard]] Result<std::unique_ptr<TraceReader>> open_trace_text(std::string name,
                                                                   std::string_view text,
                                                                   const TraceOptions& options);

// Names for TraceOptions::format, in the order in which headers are tried.
[[nodiscard]] const std::vector<std::string_view>& trace_format_names();

}  // namespace lockstep
