// Each model's own batching settings, and whether it is batched at all (TF 1.9).
//
// They come from batching_params.pbtxt files that were given, from those below base paths when a
// command line says so, or from invented settings in the model list (TF 7.4).
#pragma once

#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/config_assembly.h"
#include "traces/config_models.h"

namespace lockstep {

// The name such a file has in the folder of a model's version.
inline constexpr std::string_view kModelFile = "batching_params.pbtxt";

// Fills `settings`, `batching` and `reason` of config.models (and adds models that only files
// name); reads files below base paths and adds them to `inputs`. Requires: config.models are those
// of `listed`, each with its pool.
[[nodiscard]] Result<void> set_model_batching(ServerInputs& inputs,
                                              const std::vector<ListedModel>& listed,
                                              ServerConfig& config);

}  // namespace lockstep
