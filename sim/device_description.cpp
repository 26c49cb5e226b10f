#include "sim/device_description.h"

#include <algorithm>

namespace lockstep {

std::uint64_t MemoryDescription::budget() const {
  const std::uint32_t share = fraction.value_or(0);
  if (share == 0) {
    return total;
  }
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(Wide{total} * share / 1'000'000);
}

bool DeviceDescription::is_plain() const {
  return !compute.is_random() && !has_more_than_compute() && jitter.empty() &&
         first_batch == SimDuration{0} && sharing.kind == Sharing::kSerial && memory.total == 0;
}

bool DeviceDescription::has_more_than_compute() const {
  return wake > SimDuration{0} ||
         std::any_of(kSideCurves.begin(), kSideCurves.end(),
                     [this](const SideCurve& side) { return (this->*side.curve).has_value(); });
}

bool DeviceDescription::covers(std::uint32_t rows) const {
  return compute.covers(rows) &&
         std::all_of(kSideCurves.begin(), kSideCurves.end(), [&](const SideCurve& side) {
           const std::optional<ServiceCurve>& curve = this->*side.curve;
           return !curve || curve->covers(rows);
         });
}

std::string DeviceDescription::range_text() const {
  std::string text = compute.range_text();
  for (const SideCurve& side : kSideCurves) {
    if (const std::optional<ServiceCurve>& curve = this->*side.curve) {
      text += ", ";
      text += side.name;
      text += ' ';
      text += curve->range_text();
    }
  }
  return text;
}

}  // namespace lockstep
