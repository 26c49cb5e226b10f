// What a campaign verifies: schedulers of the registry, or one that came from elsewhere.
#pragma once

#include <string>
#include <vector>

#include "core/schedulers/registry.h"
#include "properties/verify/campaign.h"

namespace lockstep {

// `info` outlives it.
[[nodiscard]] CampaignSubject subject_of(const SchedulerInfo& info);
// All of the registry, in its order.
[[nodiscard]] std::vector<CampaignSubject> all_subjects();

}  // namespace lockstep
