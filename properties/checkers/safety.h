// The safety properties (verification 3.1), each in a file of its own, and what the server is held
// to beside its own checks.
//
// S16 and S17 belong to the live driver: `lockstep dev explore` judges them (live_world.h).
#pragma once

#include "properties/checkers/checker.h"

namespace lockstep {

[[nodiscard]] Property s1_conservation();
[[nodiscard]] Property s2_provenance();
[[nodiscard]] Property s3_fifo();
[[nodiscard]] Property s3b_replies_in_order();
[[nodiscard]] Property s4_size_bound();
[[nodiscard]] Property s5_homogeneity();
[[nodiscard]] Property s6_batch_life();
[[nodiscard]] Property s7_lane_exclusivity();
[[nodiscard]] Property s8_counters();
[[nodiscard]] Property s9_admission();
[[nodiscard]] Property s10_clock_sanity();
[[nodiscard]] Property s11_deadlines();
[[nodiscard]] Property s12_cancellation();
[[nodiscard]] Property s13_padding();
[[nodiscard]] Property s14_split();
[[nodiscard]] Property s15_failure_isolation();
[[nodiscard]] Property s16_buffer_order();
[[nodiscard]] Property s17_dispatch_linearizability();
[[nodiscard]] Property s18_reasons();
[[nodiscard]] Property r2_server_ends();

}  // namespace lockstep
