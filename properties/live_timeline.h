// What clients and the device of a live run saw (live_history.h), in words: a line for each event,
// with its time.
#pragma once

#include <string>

#include "properties/live_history.h"

namespace lockstep {

[[nodiscard]] std::string live_timeline(const LiveHistory& history);

}  // namespace lockstep
