#include "sim/device_description.h"

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

bool DeviceDescription::covers(std::uint32_t rows) const {
  return compute.covers(rows) && (!to_device || to_device->covers(rows)) &&
         (!to_host || to_host->covers(rows)) && (!host || host->covers(rows));
}

std::string DeviceDescription::range_text() const {
  std::string text = compute.range_text();
  if (to_device) {
    text += ", h2d ";
    text += to_device->range_text();
  }
  if (to_host) {
    text += ", d2h ";
    text += to_host->range_text();
  }
  if (host) {
    text += ", host ";
    text += host->range_text();
  }
  return text;
}

}  // namespace lockstep
