// tf-shared by the names of TF-Serving's own options: its entry in the registry.
//
// Names are those of BatchingParameters where that file has them (TF 1.8), else those of
// QueueOptions and of the BatchFunction op (TF 1.2, 1.7).
#pragma once

#include "core/schedulers/registry.h"

namespace lockstep {

[[nodiscard]] SchedulerInfo tf_shared_info();

}  // namespace lockstep
