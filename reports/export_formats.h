// Every format that a run can be written in: one explicit list.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "reports/batch_stages.h"
#include "traces/run_log.h"

namespace lockstep {

struct ExportFormat {
  std::string_view name;
  std::string_view file;  // where it goes when nobody says
  std::string_view summary;
  // `stages`: of the batches of `run`. Errors: a run that has nothing to say in this format.
  Result<std::string> (*write)(const RunLog& run, std::span<const StageSpans> stages);
};

[[nodiscard]] std::span<const ExportFormat> export_formats();

}  // namespace lockstep
