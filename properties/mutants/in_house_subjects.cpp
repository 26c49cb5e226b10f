// The schedulers of the house, as plug-ins that are linked into the program.
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <lockstep/plugin.h>

#include "core/check.h"
#include "properties/mutants/bug_subjects.h"
#include "properties/mutants/seeded_bug.h"
#include "properties/plugin/plugin_library.h"
#include "properties/verify/subjects.h"

extern "C" {
const lockstep_plugin_info* lockstep_plugin_bounded_turns(void);
const lockstep_plugin_info* lockstep_plugin_fair_shares(void);
const lockstep_plugin_info* lockstep_plugin_one_in_flight(void);
const lockstep_plugin_info* lockstep_plugin_windows(void);
}

namespace lockstep {
namespace {

struct InHouse {
  std::string_view file;
  const lockstep_plugin_info* (*plugin)();
};

constexpr std::array kInHouse = {
    InHouse{"docs/examples/plugin_scheduler/fair_shares.cpp", &lockstep_plugin_fair_shares},
    InHouse{"tests/support/in_house/bounded_turns.cpp", &lockstep_plugin_bounded_turns},
    InHouse{"tests/support/in_house/one_in_flight.cpp", &lockstep_plugin_one_in_flight},
    InHouse{"tests/support/in_house/windows.cpp", &lockstep_plugin_windows}};

CampaignSubject in_house_subject(const InHouse& scheduler) {
  Result<std::shared_ptr<const ForeignScheduler>> linked =
      linked_plugin(scheduler.plugin(), "seeded bugs");
  LOCKSTEP_CHECK(linked.has_value());
  return foreign_subject(std::move(*linked));
}

}  // namespace

std::vector<CampaignSubject> subjects_of_bug(int bug) {
  const std::string_view file =
      bug == 0 ? std::string_view{} : seeded_bugs()[static_cast<std::size_t>(bug) - 1].file;
  std::vector<CampaignSubject> subjects;
  for (const InHouse& scheduler : kInHouse) {
    if (bug == 0 || scheduler.file == file) {
      subjects.push_back(in_house_subject(scheduler));
    }
  }
  if (bug == 0 || subjects.empty()) {
    for (CampaignSubject& subject : all_subjects()) {
      subjects.push_back(std::move(subject));
    }
  }
  return subjects;
}

}  // namespace lockstep
