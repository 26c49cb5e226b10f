// The two lines above a timing diagram: the settings in the server's words with what became of the
// drawn requests, and the rest of the run, so that a picture that travels says where it is from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reports/diagram_content.h"
#include "traces/run_log.h"

namespace lockstep {

// Of `content` with its queues, span and time-out collected.
[[nodiscard]] std::string diagram_title(const RunLog& run, const DiagramContent& content);
[[nodiscard]] std::string diagram_subtitle(const RunLog& run, const DiagramContent& content);

// A setting that is a whole number; 0: it is absent or none.
[[nodiscard]] std::uint64_t number_setting(const RunLog& run, std::string_view name);

// The setting for the rows of a batch; 0: none.
[[nodiscard]] std::uint64_t rows_setting(const RunLog& run);

}  // namespace lockstep
