#include "properties/cases/case.h"

#include <algorithm>

namespace lockstep {

std::size_t arrival_count(const Case& value) {
  return static_cast<std::size_t>(
      std::count_if(value.events.begin(), value.events.end(),
                    [](const CaseEvent& e) { return e.kind == CaseEventKind::kArrive; }));
}

}  // namespace lockstep
