#include <array>

#include "properties/checkers/checker.h"
#include "properties/checkers/safety.h"

namespace lockstep {

std::span<const Property> all_properties() {
  static const std::array properties = {
      // Safety
      s1_conservation(),
      // Of the run as a whole
      Property{.id = "R1",
               .name = "rules-of-the-server",
               .formula = "no decision breaks a rule of core/scheduler.h",
               .source = "design 3",
               .kind = PropertyClass::kRunner},
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
  return properties;
}

}  // namespace lockstep
