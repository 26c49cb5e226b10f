// What a campaign verifies: schedulers of the registry, or one that came from elsewhere.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/schedulers/registry.h"
#include "properties/plugin/foreign_scheduler.h"
#include "properties/verify/campaign.h"

namespace lockstep {

// `info` outlives it.
[[nodiscard]] CampaignSubject subject_of(const SchedulerInfo& info);
// `scheduler` lives as long as the subject.
[[nodiscard]] CampaignSubject foreign_subject(std::shared_ptr<const ForeignScheduler> scheduler);
// Of a user's own: a library, or a program, of which each process starts its own. Errors: those of
// load_plugin and load_exec.
[[nodiscard]] Result<CampaignSubject> plugin_subject(const std::string& path);
[[nodiscard]] Result<CampaignSubject> exec_subject(const std::string& command);
// All of the registry, in its order.
[[nodiscard]] std::vector<CampaignSubject> all_subjects();

}  // namespace lockstep
