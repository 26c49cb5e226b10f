#include "properties/verify/subjects.h"

#include <utility>

#include "properties/generate/draw_case.h"
#include "properties/generate/subject.h"

namespace lockstep {

CampaignSubject subject_of(const SchedulerInfo& info) {
  return {.name = std::string(info.name),
          .make = [&info](const Case& value) { return make_from(info, value); },
          .draw = [subject = registered_subject(info)](
                      std::uint64_t seed,
                      std::uint64_t index) { return draw_case(subject, seed, index); }};
}

std::vector<CampaignSubject> all_subjects() {
  std::vector<CampaignSubject> subjects;
  for (const SchedulerInfo& info : all_schedulers()) {
    subjects.push_back(subject_of(info));
  }
  return subjects;
}

}  // namespace lockstep
