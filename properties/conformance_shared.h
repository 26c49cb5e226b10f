// The kind "shared" of conformance scenarios: TF-Serving's shared batch scheduler.
#pragma once

#include <memory>

#include "properties/conformance_schedulers.h"

namespace lockstep {

[[nodiscard]] std::unique_ptr<ConformanceSettings> make_shared_conformance_settings();

}  // namespace lockstep
