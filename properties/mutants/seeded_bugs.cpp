// The list of all seeded bugs, in its fixed order.
#include <vector>

#include "properties/mutants/bugs/adaptive_bugs.h"
#include "properties/mutants/bugs/full_bugs.h"
#include "properties/mutants/bugs/handler_bugs.h"
#include "properties/mutants/bugs/in_house_bugs.h"
#include "properties/mutants/bugs/queue_bugs.h"
#include "properties/mutants/bugs/serial_bugs.h"
#include "properties/mutants/bugs/server_bugs.h"
#include "properties/mutants/bugs/shared_bugs.h"
#include "properties/mutants/bugs/wrapper_bugs.h"
#include "properties/mutants/seeded_bug.h"

namespace lockstep {

std::span<const SeededBug> seeded_bugs() {
  static const std::vector<SeededBug> all = [] {
    std::vector<SeededBug> bugs;
    for (const std::span<const SeededBug> part :
         {std::span<const SeededBug>(kServerBugs), std::span<const SeededBug>(kSharedBugs),
          std::span<const SeededBug>(kQueueBugs), std::span<const SeededBug>(kFullBugs),
          std::span<const SeededBug>(kAdaptiveBugs), std::span<const SeededBug>(kSerialBugs),
          std::span<const SeededBug>(kHandlerBugs), std::span<const SeededBug>(kWrapperBugs),
          std::span<const SeededBug>(kInHouseBugs)}) {
      bugs.insert(bugs.end(), part.begin(), part.end());
    }
    return bugs;
  }();
  return all;
}

}  // namespace lockstep
