#include "properties/generate/subject.h"

#include <algorithm>

namespace lockstep {

const SubjectOption* Subject::option(std::string_view name) const {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const SubjectOption& o) { return o.name == name; });
  return found == options.end() ? nullptr : &*found;
}

Subject registered_subject(const SchedulerInfo& info) {
  Subject subject{.scheduler = std::string(info.name),
                  .lane_option = std::string(info.lane_option)};
  for (const OptionInfo& option : info.options) {
    subject.options.push_back({.name = std::string(option.name),
                               .unit = std::string(option.unit),
                               .default_text = option.default_text == kServerCpus
                                                   ? "2"
                                                   : std::string(option.default_text),
                               .type = option.type,
                               .scope = option.scope,
                               .choices = {option.choices.begin(), option.choices.end()}});
  }
  return subject;
}

std::vector<Subject> registered_subjects() {
  std::vector<Subject> subjects;
  for (const SchedulerInfo& info : all_schedulers()) {
    subjects.push_back(registered_subject(info));
  }
  return subjects;
}

}  // namespace lockstep
