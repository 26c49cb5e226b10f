// What `lockstep verify` prints: the plan, what was covered, which properties were judged.
#pragma once

#include <string>
#include <vector>

#include "cli/verify_plan.h"
#include "properties/verify/campaign.h"
#include "properties/verify/verdict_files.h"

namespace lockstep {

[[nodiscard]] std::string plan_text(const VerifyPlan& plan);
[[nodiscard]] std::string tally_text(const VerifyPlan& plan, const CampaignResult& result);

// Every property for one subject: judged, or why not. Nothing of failures.
[[nodiscard]] std::vector<PropertyVerdict> property_verdicts(const VerifyPlan& plan,
                                                             const CampaignSubject& subject,
                                                             const CampaignResult& result);

}  // namespace lockstep
