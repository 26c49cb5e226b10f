// Cases drawn at random: configuration, traffic, device times, faults, and the order of ties.
//
// (subject, seed, index) is the case, on every machine, whatever was drawn before. Nothing is
// discarded: what is drawn is valid by construction, but for about one case in 32 whose
// configuration has a defect on purpose; its scheduler refuses it, or runs with it.
// Sizes: of 20 cases about 3 have up to 10 requests, 12 have 25 to 75, 3 have 76 to 199, and 2 and
// a half have 200 to 320.
#pragma once

#include <cstdint>

#include "properties/cases/case.h"
#include "properties/generate/subject.h"

namespace lockstep {

[[nodiscard]] Case draw_case(const Subject& subject, std::uint64_t seed, std::uint64_t index);

}  // namespace lockstep
