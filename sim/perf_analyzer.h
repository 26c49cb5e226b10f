// A GPU from Perf Analyzer's CSV report: its server columns, one file per batch size or all in one.
//
// Needed columns: `Server Compute Input`, `Server Compute Infer`, `Server Compute Output`
// (microseconds, means) and the load, `Concurrency` or `Request Rate`. Of several rows the one with
// the lowest load counts: at higher ones the times hold contention. The report does not say the
// batch size (`-b`): it is given with the file (1:b1.csv,8:b8.csv), or in a column `Batch` that
// whoever joined the files added. Other columns are ignored.
// A server that batches dynamically executes other sizes than `-b`: measure without.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/device_description.h"
#include "sim/measured_stages.h"

namespace lockstep {

// All sizes of a file with a column `Batch`. Errors: FILE:LINE:COLUMN of a wrong value; columns
// that are missing, by their names.
[[nodiscard]] Result<DeviceDescription> read_perf_analyzer(const std::string& file,
                                                           std::string_view text);

// The only size, `rows`, of a file without that column.
[[nodiscard]] Result<MeasuredBatch> read_perf_analyzer_size(const std::string& file,
                                                            std::string_view text,
                                                            std::uint32_t rows);

}  // namespace lockstep
