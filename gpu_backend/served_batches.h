// What the live server takes around the batches of a device, measured through the server itself.
//
// A lane is occupied from the decision to the moment at which the core hears of the end: the
// device's stages, and around them deciding, gathering, launching, noticing, answering. Those are
// the server's, not the device's, so a bare loop around the device does not show them. Here one
// lane executes batch after batch, full ones of requests that all wait already; each batch that was
// started by the end of the one before counts. As the simulator's lanes do (sim/device.h), at
// saturation a batch then follows the one before after its stages and this.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/result.h"
#include "core/runtime.h"
#include "gpu_backend/device.h"
#include "gpu_backend/model_spec.h"

namespace lockstep {

struct ServedBatches {
  std::uint32_t rows = 1;  // of each batch; of so many requests, but at most kServedRequests
  std::uint32_t batches = 100;
  SimDuration patience{60'000'000'000};  // with one batch
  std::function<bool()> interrupted{};   // asked at each end of a batch; empty: never
};

inline constexpr std::uint32_t kServedRequests = 64;  // of a batch

// In ns, in the order of execution. `runtime` is a fresh one, on the device's clock; `run` runs it
// to its end. Requires: nothing in flight. Errors: kNoVerdict: the device refused or lost a batch,
// or took too long; kInterrupted.
[[nodiscard]] Result<std::vector<std::int64_t>> time_around_stages(Runtime& runtime,
                                                                   const std::function<void()>& run,
                                                                   Device& device,
                                                                   const ModelSpec& model,
                                                                   const ServedBatches& served);

}  // namespace lockstep
