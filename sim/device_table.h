// The device file: what a GPU is like as a small CSV table, to write by hand or by a program.
//
// Lines `# TERM: VALUE` with the terms of device_text.h, `# source: ...` and `# note: ...`; `#`
// lines without a colon are remarks. Then a table with a row for each batch size, sizes rising:
// `rows`; `time`, or quantiles of it as p0, p50, p99.9, ... from left to right; and what else was
// measured: copies (`h2d`, `d2h`), the host's part (`host`). Times carry units:
//
//     # source: ResNet-50, one V100, 1000 batches of each size
//     # sharing: equal
//     rows,h2d,p50,p99
//     1,20us,2.0ms,2.4ms
//     8,90us,3.0ms,3.3ms
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/device_description.h"

namespace lockstep {

// `text`: the content of the file, `file` stands for FILE in messages. Errors: FILE:LINE:COLUMN.
[[nodiscard]] Result<DeviceDescription> read_device_table(const std::string& file,
                                                          std::string_view text);

}  // namespace lockstep
