// Machine-made mutants are of registered schedulers and the server.
#include "properties/mutants/bug_subjects.h"
#include "properties/verify/subjects.h"

namespace lockstep {

std::vector<CampaignSubject> subjects_of_bug(int /*bug*/) {
  return all_subjects();
}

}  // namespace lockstep
