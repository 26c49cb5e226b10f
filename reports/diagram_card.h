// The card of one batch: why it left, who opened it, how its requests waited, and the settings.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/status.h"
#include "reports/diagram_content.h"
#include "reports/run_events.h"
#include "traces/run_log.h"

namespace lockstep {

// Requires: a request of `run` is in `batch`. Times count from the begin of the run. `events` may
// be nullptr.
[[nodiscard]] BatchCard collect_card(const RunLog& run, std::uint64_t batch,
                                     const RunEvents* events);

// The rule behind a reason, in a few words: "its rows reached the batch size limit".
[[nodiscard]] std::string_view reason_rule(Reason reason);

}  // namespace lockstep
