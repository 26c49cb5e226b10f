// Stamps of a trace as time since its first row.
#pragma once

#include <cstdint>
#include <optional>

#include "core/time.h"
#include "traces/civil_time.h"

namespace lockstep {

// `ns` since any origin, as a stamp. Requires: ns >= 0.
[[nodiscard]] CivilTime stamp_of_ns(std::int64_t ns);
// `stamp` less `ns`. Requires: ns >= 0.
[[nodiscard]] CivilTime earlier_by(const CivilTime& stamp, std::int64_t ns);

class TimeOrigin {
 public:
  // Since the first stamp that came here; negative for an earlier one. Nothing: they are more than
  // 36 years apart.
  [[nodiscard]] std::optional<SimTime> since_first(const CivilTime& stamp);

 private:
  std::optional<CivilTime> first_;
};

}  // namespace lockstep
