// Small scenarios for the live driver, drawn from a seed: every registered scheduler with options
// that make it hurry, wait, fill and refuse; devices with and without copies; in half of them rows
// are copied by fibers of one or two further threads; gaps around the boundaries that those have.
#pragma once

#include <cstdint>

#include "core/schedulers/registry.h"
#include "properties/live_world.h"

namespace lockstep {

enum class LiveDraw : std::uint8_t {
  kPlain,  // one client, nothing fails
  // Several clients, some impatient, two cancellations, a device that may fail; in half of the
  // scenarios a watchdog, and a batch that takes long or never ends. Half of the schedulers that
  // can drop cancelled requests do, and then one cancellation is at the instant of its request.
  kHostile,
};

// At least 6 requests. The same arguments give the same scenario for ever. `info` outlives it.
[[nodiscard]] LiveScenario drawn_live_scenario(const SchedulerInfo& info, std::uint64_t seed,
                                               LiveDraw draw);

}  // namespace lockstep
