// Who acts on a server from outside and reacts to what it answers: closed-loop clients.
//
// A trace knows all its times beforehand; somebody who waits for answers does not. The event loop
// asks next() after everything that happened, and lets it act when nothing of the server is due
// earlier or at that instant (design 3: completions, timers, then external events).
#pragma once

#include "core/result.h"
#include "core/server.h"
#include "core/time.h"

namespace lockstep {

class Outside {
 public:
  Outside() = default;
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;
  virtual ~Outside() = default;

  // When it acts next, not earlier than what happened last; kForever: not before an answer comes.
  [[nodiscard]] virtual SimTime next() const = 0;
  // At next(): gives the server one input, or none and thinks. Errors end the run.
  [[nodiscard]] virtual Result<void> act(Server& server) = 0;
};

// Nobody: a run of a trace alone.
class NobodyOutside final : public Outside {
 public:
  [[nodiscard]] SimTime next() const override { return kForever; }
  [[nodiscard]] Result<void> act(Server& /*server*/) override { return {}; }
};

}  // namespace lockstep
