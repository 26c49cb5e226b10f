#include "properties/verify/subjects.h"

#include <memory>
#include <utility>

#include <sys/types.h>
#include <unistd.h>

#include "properties/generate/draw_case.h"
#include "properties/generate/subject.h"
#include "properties/plugin/exec_scheduler.h"
#include "properties/plugin/plugin_library.h"

namespace lockstep {

CampaignSubject subject_of(const SchedulerInfo& info) {
  return {.name = std::string(info.name),
          .make = [&info](const Case& value) { return make_from(info, value); },
          .draw = [subject = registered_subject(info)](
                      std::uint64_t seed,
                      std::uint64_t index) { return draw_case(subject, seed, index); }};
}

CampaignSubject foreign_subject(std::shared_ptr<const ForeignScheduler> scheduler) {
  CampaignSubject subject = subject_of(scheduler->info());
  subject.make = [kept = std::move(scheduler)](const Case& value) {
    return make_from(kept->info(), value);
  };
  return subject;
}

Result<CampaignSubject> plugin_subject(const std::string& path) {
  Result<std::shared_ptr<const ForeignScheduler>> loaded = load_plugin(path);
  if (!loaded) {
    return tl::unexpected(loaded.error());
  }
  return foreign_subject(std::move(*loaded));
}

Result<CampaignSubject> exec_subject(const std::string& command) {
  // A forked worker must not talk to its parent's program.
  struct Mine {
    pid_t process = 0;
    std::shared_ptr<const ForeignScheduler> scheduler;
  };
  const auto mine = std::make_shared<Mine>();
  const auto load = [mine, command]() -> Result<const SchedulerInfo*> {
    if (mine->process != ::getpid()) {
      Result<std::shared_ptr<const ForeignScheduler>> loaded = load_exec(command);
      if (!loaded) {
        return tl::unexpected(loaded.error());
      }
      *mine = {::getpid(), std::move(*loaded)};
    }
    return &mine->scheduler->info();
  };
  const Result<const SchedulerInfo*> info = load();
  if (!info) {
    return tl::unexpected(info.error());
  }
  CampaignSubject subject = subject_of(**info);
  subject.make = [load](const Case& value) -> Result<MadeScheduler> {
    const Result<const SchedulerInfo*> own = load();
    if (!own) {
      return tl::unexpected(own.error());
    }
    return make_from(**own, value);
  };
  return subject;
}

std::vector<CampaignSubject> all_subjects() {
  std::vector<CampaignSubject> subjects;
  for (const SchedulerInfo& info : all_schedulers()) {
    subjects.push_back(subject_of(info));
    if (info.name == "tf-shared") {
      subjects.back().share = 3;  // more rules than all others together (TF 2.1 to 2.13)
    }
  }
  return subjects;
}

}  // namespace lockstep
