// Properties of liveness (verification 3.3), each in a file of its own.
#pragma once

#include "properties/checkers/checker.h"

namespace lockstep {

[[nodiscard]] Property v1_termination();
[[nodiscard]] Property v2_drain();
[[nodiscard]] Property v3_nobody_left();
[[nodiscard]] Property v4_no_livelock();
[[nodiscard]] Property v5_recovery();

}  // namespace lockstep
