// A run directory as a record: its journal line by line, and what requests.csv says clients heard.
#pragma once

#include <functional>
#include <optional>

#include "core/journal.h"
#include "core/result.h"
#include "properties/record/run_record.h"
#include "properties/record/run_recorder.h"
#include "traces/run_log.h"

namespace lockstep {

// The most lines that a record holds: a longer journal is not judged by properties.
inline constexpr std::size_t kRecordedLinesMax = 4'000'000;
// What is said of one.
[[nodiscard]] tl::unexpected<Error> too_long_for_properties();

// `rules` are those of the run. The ends of a step come after its decisions, as they did when it
// ran. Errors: those of `lines`; more of them than kRecordedLinesMax.
[[nodiscard]] Result<void> record_journal(
    const std::function<Result<std::optional<JournalLine>>()>& lines, const RunLog& log,
    RunRecord& record, const RunRecorder::AfterLine& after_line);

}  // namespace lockstep
