// Reads arrival traces as streams: our own CSV and the Azure LLM 2023 format, told apart by header.
//
// Own format (`lockstep`), UTF-8 or ASCII, LF or CRLF, last line end optional, `#` comment lines
// and a BOM allowed before the header. Columns by name, in any order; only arrival_ns is required:
//   arrival_ns  int64, ns since the start of the trace, >= 0, not decreasing
//   queue       text, 1 to 64 characters, the model or queue; default "queue"
//   size        rows of the request, 1 to kMaxRequestRows; default 1
//   priority    0 to 255; default 0
//   timeout_ns  the client's deadline after arrival, ns; 0 or column absent = none
//   client      uint64, who sent it; default 0
// Azure LLM 2023 (`azure-llm-2023`): TIMESTAMP,ContextTokens,GeneratedTokens with
//   `YYYY-MM-DD HH:MM:SS[.fraction]` (up to 9 fractional digits; no zone); arrival = time since the
//   first row; every request has size 1 (the token counts are validated, not used).
//
// Every defect is refused with `FILE:LINE:COLUMN: found ..., expected ...` (COLUMN counts bytes
// from 1 and points at the field) or accepted by a rule stated in docs/traces.md: CRLF, no final
// line end and 7 digits are accepted; a Git-LFS pointer, binary data, cut row, empty field, extra
// field, bad or overflowing number, unknown or missing column, unsorted row are refused.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "traces/arrival_source.h"

namespace lockstep {

struct TraceOptions {
  std::string format;  // "", or a name from trace_format_names(): do not guess from the header
  bool sort =
      false;  // accept unsorted rows: reads the whole trace into memory, sorts stably by time
};

class TraceReader : public ArrivalSource {
 public:
  // Valid after the end was reached: digest of the file's bytes, and what was read.
  [[nodiscard]] virtual std::uint64_t content_digest() const = 0;
  [[nodiscard]] virtual std::uint64_t row_count() const = 0;
  [[nodiscard]] virtual std::string_view format() const = 0;
};

// Opens `path` ("-": standard input). The header is read at once, so that a wrong file fails here.
[[nodiscard]] Result<std::unique_ptr<TraceReader>> open_trace(const std::string& path,
                                                              const TraceOptions& options);
// The same over bytes in memory that outlive the reader; `name` stands for FILE in messages.
[[nodiscard]] Result<std::unique_ptr<TraceReader>> open_trace_text(std::string name,
                                                                   std::string_view text,
                                                                   const TraceOptions& options);

[[nodiscard]] const std::vector<std::string_view>& trace_format_names();

}  // namespace lockstep
