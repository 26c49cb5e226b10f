// Random scenarios for tf-shared with all its options, from a seed; and cutting them down.
//
// Swarm style: each scenario first draws which features it uses at all, so that every feature is
// also met without the others. Gaps stand around the spans that matter, sizes around the rooms.
#pragma once

#include <cstdint>
#include <functional>

#include "properties/reference/tf_full_script.h"

namespace lockstep::full_reference {

// Scenario `number` of set `seed`: the same one for ever.
[[nodiscard]] Script draw_script(std::uint64_t seed, std::uint64_t number);

// Leaves out events, then options, as long as `differs` says yes. Requires: differs(script).
[[nodiscard]] Script cut_down(Script script, const std::function<bool(const Script&)>& differs);

}  // namespace lockstep::full_reference
