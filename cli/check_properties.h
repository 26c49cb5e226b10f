// The properties of a run or of another server's log: which are judged, which hold, which cannot be
// decided and why.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/run_plan.h"
#include "core/result.h"
#include "properties/checkers/checker.h"
#include "traces/manifest.h"
#include "traces/run_log.h"

namespace lockstep {

struct PropertyReport {
  std::vector<std::string> judged{};       // "dispatch-within-timeout (L1)"
  std::vector<std::string> not_checked{};  // the same, ": " and the reason
  std::vector<std::string> failures{};     // FAIL lines without the command that repeats them
  std::vector<Violation> violations{};     // of each broken property the first; as `failures`
};

// "dispatch-within-timeout (L1)", of a property's id.
[[nodiscard]] std::string full_property_name(std::string_view id);

// Of a run directory, by its journal and requests.csv. `user`: its scheduler, when it is none of
// ours. Errors: those of the files; a journal that is too long to be held.
[[nodiscard]] Result<PropertyReport> run_properties(const std::string& run,
                                                    const Manifest& manifest, UserScheduler user);
// The same, of one whose tables are read already.
[[nodiscard]] Result<PropertyReport> log_properties(const RunLog& log, const Manifest& manifest,
                                                    UserScheduler user);

struct ForeignCheck {
  std::string path;
  std::string map;                    // --map
  std::vector<std::string> settings;  // NAME=VALUE, in the words of `lockstep list schedulers`
  std::vector<std::string> claims;    // "fifo", "work-conserving", ...
};
// Of a log that another server wrote. Errors: those of read_foreign_log; a setting without `=`, an
// unknown claim.
[[nodiscard]] Result<PropertyReport> foreign_properties(const ForeignCheck& check);

}  // namespace lockstep
