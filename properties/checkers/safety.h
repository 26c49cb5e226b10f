// The safety properties (verification 3.1), each in a file of its own.
#pragma once

#include "properties/checkers/checker.h"

namespace lockstep {

[[nodiscard]] Property s1_conservation();

}  // namespace lockstep
