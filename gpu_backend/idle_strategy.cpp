#include "gpu_backend/idle_strategy.h"

#include <string>

namespace lockstep {

std::string_view idle_strategy_name(IdleStrategy strategy) {
  switch (strategy) {
    case IdleStrategy::kSpin:
      return "spin";
    case IdleStrategy::kYield:
      return "yield";
    case IdleStrategy::kSleep:
      return "sleep";
  }
  return "?";
}

Result<IdleStrategy> parse_idle_strategy(std::string_view text) {
  for (const IdleStrategy strategy :
       {IdleStrategy::kSpin, IdleStrategy::kYield, IdleStrategy::kSleep}) {
    if (text == idle_strategy_name(strategy)) {
      return strategy;
    }
  }
  return bad_input("found --idle '" + std::string(text) + "', expected spin, yield or sleep");
}

}  // namespace lockstep
