// The batch pools of a server: one per platform, or the single one of flags and files
// (TF 1.9, 7.3).
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "traces/config_assembly.h"
#include "traces/config_batching.h"
#include "traces/config_models.h"

namespace lockstep {

struct PoolsAndWarnings {
  std::vector<BatchPool> pools;  // never empty
  std::vector<ConfigDiagnostic> diagnostics;
};

// Errors: flags that the server refuses together, platforms without content, GPU options that
// exclude each other.
[[nodiscard]] Result<PoolsAndWarnings> make_batch_pools(const ServerInputs& inputs,
                                                        const std::vector<ListedModel>& models);

// A batch that callers cannot fill: each waits in a thread of the server (TF 1.9). Requires:
// check_queue passed.
void warn_about_callers(const ServerFlags& flags, const BatchingValues& queue,
                        std::int64_t server_cpus, std::vector<ConfigDiagnostic>& out);

}  // namespace lockstep
