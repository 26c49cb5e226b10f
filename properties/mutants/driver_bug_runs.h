// How to run a live scenario with each seeded bug of the driver; in the order of kDriverBugs.
#pragma once

#include <vector>

#include "properties/live_campaign.h"

namespace lockstep {

[[nodiscard]] const std::vector<RunLive>& driver_bug_runs();

}  // namespace lockstep
