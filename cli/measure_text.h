// What `lockstep measure` prints of a measurement: a row for each size, one for lanes busy at once,
// and what makes a figure doubtful.
#pragma once

#include <string>

#include "gpu_backend/measure.h"

namespace lockstep {

// Lines end with LF, without trailing spaces; columns that hold nothing are left out.
[[nodiscard]] std::string measurement_text(const Measurement& measurement,
                                           const MeasureOptions& options);

}  // namespace lockstep
