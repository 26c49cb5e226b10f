// Ctrl-C, kill, a closed terminal: the run stops at the next block of arrivals, removes what it was
// writing, exits 130.
#pragma once

#include "sim/outside.h"
#include "traces/arrival_source.h"

namespace lockstep {

// Catches SIGINT, SIGTERM and, where it is not ignored, SIGHUP from now on; a second one of a kind
// ends the program at once.
// A file that outgrows its limit (SIGXFSZ) becomes a write error.
void catch_interrupts();

// True once one came: an error after it is its doing (a read from a pipe was cut short).
[[nodiscard]] bool was_interrupted();

// The arrivals of another source, until an interrupt turns up. `source` outlives this.
class InterruptibleArrivals final : public ArrivalSource {
 public:
  explicit InterruptibleArrivals(ArrivalSource& source) : source_(source) {}
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return source_.queue_names();
  }

 private:
  ArrivalSource& source_;
};

// The same for clients, who act until then. `outside` outlives this.
class InterruptibleOutside final : public Outside {
 public:
  explicit InterruptibleOutside(Outside& outside) : outside_(outside) {}
  [[nodiscard]] SimTime next() const override { return outside_.next(); }
  [[nodiscard]] Result<void> act(Server& server) override;

 private:
  Outside& outside_;
};

}  // namespace lockstep
