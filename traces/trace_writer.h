// Writes arrivals as our own trace CSV; what is written reads back equal.
//
// arrival_ns is always written; the optional columns are those that the options name. A value that
// would be lost, because its column is off and it is not the default, is an error and not a silent
// loss.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "core/result.h"
#include "traces/arrival_source.h"

namespace lockstep {

struct TraceWriteOptions {
  std::vector<std::string> comments;  // written as "# ..." lines before the header
  bool refuse_empty = false;          // without rows: an error, and nothing is written
  bool queue = false;
  bool size = false;
  bool priority = false;
  bool timeout = false;
  bool client = false;

  [[nodiscard]] static TraceWriteOptions every_column() {
    return {.comments = {},
            .refuse_empty = false,
            .queue = true,
            .size = true,
            .priority = true,
            .timeout = true,
            .client = true};
  }
};

// Reads `arrivals` to its end and returns the number of rows. Errors: those of the source, a value
// that would be lost, a comment with a line end in it, no row with refuse_empty, a stream that
// fails.
[[nodiscard]] Result<std::uint64_t> write_trace(ArrivalSource& arrivals, std::ostream& out,
                                                const TraceWriteOptions& options);

}  // namespace lockstep
