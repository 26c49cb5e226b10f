// Which seeded bug is at work in this process: the switch that planted sources ask.
//
// Defined only where planted sources are linked. Set before any thread runs a case.
#pragma once

namespace lockstep {

// 1 to seeded_bugs().size(), or 0: none, and the planted sources do what the sources do.
void select_seeded_bug(int number);
[[nodiscard]] int seeded_bug();

}  // namespace lockstep
