// The other side of a user's scheduler: a loaded library, or a program at the end of two pipes.
//
// A description says what it is; a ForeignPeer is one instance of it, for one run.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <lockstep/plugin.h>

#include "core/result.h"
#include "core/scheduler.h"
#include "core/schedulers/options.h"
#include "properties/plugin/decision_guard.h"

namespace lockstep {

struct ForeignOption {
  std::string name;
  std::string unit;
  std::string default_text;
  std::string help;
  OptionType type = OptionType::kInteger;
};

struct ForeignDescription {
  std::string name;
  std::string goal;
  std::vector<ForeignOption> options;
  std::string lane_option;
  std::string batch_option;
  Promises promises;
  Needs needs;
};

class ForeignPeer {
 public:
  ForeignPeer() = default;
  ForeignPeer(const ForeignPeer&) = delete;
  ForeignPeer& operator=(const ForeignPeer&) = delete;
  virtual ~ForeignPeer() = default;

  // Gives it the input; what it decides goes to `guard`, and so does what goes wrong meanwhile.
  virtual void step(const lockstep_input& input, DecisionGuard& guard) = 0;
  [[nodiscard]] virtual QueueCounters counters(std::uint32_t /*queue*/) const { return {}; }
};

// What one is made with: the values of its options, in their order, and what follows from them.
struct ForeignConfig {
  const OptionValues& values;
  std::uint32_t lane_count = 1;
  std::uint64_t seed = 1;
};
// Errors: it refuses the options, with its own text; it cannot be reached.
using MakeForeignPeer =
    std::function<Result<std::unique_ptr<ForeignPeer>>(const ForeignConfig& config)>;

}  // namespace lockstep
