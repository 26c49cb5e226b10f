// One term of a GPU's text (device_text.h): its name, its value, what they set.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/device_description.h"

namespace lockstep {

[[nodiscard]] Result<void> set_device_term(std::string_view name, std::string_view value,
                                           DeviceDescription& device);

// After the last term: what can only be judged of all together.
[[nodiscard]] Result<void> finish_terms(DeviceDescription& device);

// "16GiB", "512MiB", "100B": a whole number and a unit of B, KiB, MiB, GiB, TiB.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text, std::uint64_t max);
// The same bytes in the largest unit in which they are a whole number.
[[nodiscard]] std::string bytes_text(std::uint64_t bytes);

}  // namespace lockstep
