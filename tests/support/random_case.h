// A modest drawer of cases: every option of a scheduler, traffic, cancels, closings, lanes that go
// and come, failing batches, tie orders. For tests of checkers; campaigns have generators.
#pragma once

#include <cstdint>
#include <string>

#include "core/schedulers/registry.h"
#include "properties/cases/case.h"

namespace lockstep {

// Same arguments, same case. Its options may be refused by the scheduler.
[[nodiscard]] Case random_case(const SchedulerInfo& info, std::uint64_t seed);

}  // namespace lockstep
