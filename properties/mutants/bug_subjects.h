// What a bug's campaign runs: beside the registered schedulers those of the house that it breaks.
#pragma once

#include <vector>

#include "properties/verify/campaign.h"

namespace lockstep {

// A bug of a scheduler of a house: that one, as `lockstep verify --plugin` runs it; of any other
// file: all registered ones. 0: both. Defined where the bugs are planted.
[[nodiscard]] std::vector<CampaignSubject> subjects_of_bug(int bug);

}  // namespace lockstep
