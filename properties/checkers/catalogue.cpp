#include <array>
#include <vector>

#include "properties/checkers/checker.h"
#include "properties/checkers/identities.h"
#include "properties/checkers/latency.h"
#include "properties/checkers/liveness.h"
#include "properties/checkers/safety.h"
#include "properties/relations/relation.h"

namespace lockstep {

std::span<const Property> all_properties() {
  static const std::array properties = {
      // Safety
      s1_conservation(),
      s2_provenance(),
      s3_fifo(),
      s3b_replies_in_order(),
      s4_size_bound(),
      s5_homogeneity(),
      s6_batch_life(),
      s7_lane_exclusivity(),
      s8_counters(),
      s9_admission(),
      s10_clock_sanity(),
      s11_deadlines(),
      s12_cancellation(),
      s13_padding(),
      s14_split(),
      s15_failure_isolation(),
      s16_buffer_order(),
      s17_dispatch_linearizability(),
      s18_reasons(),
      // Latency and fairness
      l1_time_out(),
      l1b_not_before(),
      l2_queue_wait(),
      l3_work_conservation(),
      l3c_maximal_prefix(),
      l4_round_robin(),
      l4b_weighted_shares(),
      l5_isolation(),
      l6_priority(),
      l7_starvation_bound(),
      l8_bounded_steps(),
      // Liveness
      v1_termination(),
      v2_drain(),
      v3_nobody_left(),
      v4_no_livelock(),
      v5_recovery(),
      // Identities
      o1_little(),
      o2_utilisation(),
      o3_flow(),
      // Of the run as a whole
      Property{.id = "R1",
               .name = "rules-of-the-server",
               .formula = "no decision breaks a rule of core/scheduler.h",
               .source = "design 3",
               .kind = PropertyClass::kRunner},
      r2_server_ends(),
      Property{.id = "R3",
               .name = "same-case-same-run",
               .formula = "two runs of one case agree in every line and in the digest",
               .source = "verification 4.8",
               .kind = PropertyClass::kRunner},
      Property{.id = "R4",
               .name = "does-not-crash",
               .formula = "no case ends the process that runs it",
               .source = "verification 5.7",
               .kind = PropertyClass::kRunner},
      Property{.id = "R5",
               .name = "does-not-hang",
               .formula = "every case ends within its limit of CPU time",
               .source = "verification 5.7",
               .kind = PropertyClass::kRunner},
  };
  static const std::vector<Property> all = with_relations(properties);
  return all;
}

}  // namespace lockstep
