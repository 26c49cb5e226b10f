// Sums that agree exactly, in integer nanoseconds and rows (verification 3.5), each in a file of
// its own.
#pragma once

#include "properties/checkers/checker.h"

namespace lockstep {

[[nodiscard]] Property o1_little();
[[nodiscard]] Property o2_utilisation();
[[nodiscard]] Property o3_flow();

}  // namespace lockstep
