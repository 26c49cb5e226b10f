// Properties of latency and fairness (verification 3.2), each in a file of its own.
#pragma once

#include "properties/checkers/checker.h"

namespace lockstep {

[[nodiscard]] Property l1_time_out();
[[nodiscard]] Property l1b_not_before();
[[nodiscard]] Property l2_queue_wait();
[[nodiscard]] Property l3_work_conservation();
[[nodiscard]] Property l3c_maximal_prefix();
[[nodiscard]] Property l4_round_robin();
[[nodiscard]] Property l4b_weighted_shares();
[[nodiscard]] Property l5_isolation();
[[nodiscard]] Property l6_priority();
[[nodiscard]] Property l7_starvation_bound();
[[nodiscard]] Property l8_bounded_steps();

}  // namespace lockstep
