// S16 and S17: of the live driver, which a record of decisions cannot show. `lockstep dev explore`
// runs the driver under schedules of its choice and judges each run with live_failure()
// (live_world.h).
#include "properties/checkers/safety.h"

namespace lockstep {
namespace {

std::string_view not_of_a_record(const RunRules& /*rules*/) {
  return "of the live driver: lockstep dev explore judges it";
}

}  // namespace

Property s16_buffer_order() {
  return {.id = "S16",
          .name = "buffer-order",
          .formula =
              "no buffer is reused before its last copy has ended: no request is answered "
              "with rows of another (wrong-rows), none is written after its answer (touched)",
          .source = "verification 3.1 S16; judged by lockstep dev explore",
          .kind = PropertyClass::kSafety,
          .not_checked = not_of_a_record};
}

Property s17_dispatch_linearizability() {
  return {.id = "S17",
          .name = "driver-linearizability",
          .formula =
              "each history of submits, cancels and completions is that of one sequence of "
              "inputs, in an order that keeps real time (not-linearizable); a fresh core decides "
              "the same from the recorded inputs (divergence), each request gets one answer "
              "(lost-request, double-answer)",
          .source = "verification 3.1 S17; judged by lockstep dev explore",
          .kind = PropertyClass::kSafety,
          .not_checked = not_of_a_record};
}

}  // namespace lockstep
