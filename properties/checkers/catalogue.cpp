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
  };
  return properties;
}

}  // namespace lockstep
