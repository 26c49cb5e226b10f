// A scheduler in a shared library, through the C interface of <lockstep/plugin.h>.
//
// The library runs in this process: whoever does not trust it loads it in a child (isolated.h). It
// stays loaded while the result or a scheduler made from it is alive.
#pragma once

#include <memory>
#include <string>

#include <lockstep/plugin.h>

#include "core/result.h"
#include "properties/plugin/foreign_scheduler.h"

namespace lockstep {

// Loads the library at `path`, which a search path does not complete. `progress` may be nullptr;
// else it outlives the result. Errors: no such file, no library, no function lockstep_plugin,
// another ABI number, a description that makes no sense.
[[nodiscard]] Result<std::shared_ptr<const ForeignScheduler>> load_plugin(
    const std::string& path, Progress* progress = nullptr);
// One that is part of this program instead of a library: what its lockstep_plugin() returns.
// `rules_version` stands for the digest of a library. Errors: a description that makes no sense.
[[nodiscard]] Result<std::shared_ptr<const ForeignScheduler>> linked_plugin(
    const lockstep_plugin_info* info, const std::string& rules_version);

}  // namespace lockstep
