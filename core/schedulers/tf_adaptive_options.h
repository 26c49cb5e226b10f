// Checks of the adaptive scheduler's options, in upstream's order and words (TF 1.4).
#pragma once

#include "core/result.h"
#include "core/schedulers/tf_adaptive.h"

namespace lockstep {

[[nodiscard]] Result<void> check_tf_adaptive_options(const TfAdaptiveOptions& options);

}  // namespace lockstep
