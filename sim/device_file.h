// `--gpu` with files: a GPU's text whose curve stands in a file, by the ending of its name.
//
//     FILE.csv[,TERM=VALUE]...           a device file (device_table.h), or Perf Analyzer's report
//                                        with a column Batch (perf_analyzer.h)
//     1:b1.csv,8:b8.csv[,TERM=VALUE]...  Perf Analyzer's reports, one for each batch size
//     FILE.json[@MODEL[:VERSION]][,...]  Triton's statistics (triton_statistics.h)
//
// Terms (device_text.h) replace those of the file. What was read is a description whose text says
// all of it: nobody needs the file again.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/device_description.h"

namespace lockstep {

// Text of --gpu with or without files. Errors: those of the file, FILE:LINE:COLUMN first; those of
// parse_device.
[[nodiscard]] Result<DeviceDescription> read_device(std::string_view text);

// Does the text name a file?
[[nodiscard]] bool names_device_file(std::string_view text);

// The text with its files' folders left out: what a run records of its origin.
[[nodiscard]] std::string without_folders(std::string_view text);

// The text with `folder` in front of the files that are not absolute.
[[nodiscard]] std::string in_folder(std::string_view text, const std::string& folder);

}  // namespace lockstep
