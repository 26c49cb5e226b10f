// Which format a trace is in: the one that was asked for, or the one that its first line tells.
#pragma once

#include <memory>

#include "core/result.h"
#include "traces/trace_format.h"
#include "traces/trace_reader.h"

namespace lockstep {

struct ChosenFormat {
  TraceFormatInfo info;  // of a mapped CSV: its name is that of the format
  std::unique_ptr<TraceFormat> format;
};

// Errors: an unknown format name, a wrong --map, a first line that fits no format or not the one
// that was asked for.
[[nodiscard]] Result<ChosenFormat> choose_format(std::unique_ptr<TextLines> lines,
                                                 const TraceOptions& options);

}  // namespace lockstep
