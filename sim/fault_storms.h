// The faults of a plan that come from outside of the server: storms of cancels, bursts of arrivals.
//
// `cancel`: of the requests that are alive at that instant, in the order of their numbers, an even
// share; one input each. One that has ended meanwhile is left out. `burst`: so many arrivals, one
// after another. Entries of one instant come in the order of the plan. Whoever is outside besides
// (closed-loop clients) acts after them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/server.h"
#include "sim/fault_plan.h"
#include "sim/faulted_device.h"
#include "sim/outside.h"

namespace lockstep {

class FaultStorms final : public Outside {
 public:
  // All outlive this; `queue_names` may grow, nullptr: queue N is called queueN.
  FaultStorms(const FaultPlan& plan, const std::vector<std::string>* queue_names, Outside& others);

  [[nodiscard]] SimTime next() const override;
  // Errors: a queue without such a name; those of the others.
  [[nodiscard]] Result<void> act(Server& server) override;

  // No storm is under way, and nobody else will act.
  [[nodiscard]] bool is_quiet() const { return !begun_ && others_.next() == kForever; }
  [[nodiscard]] std::uint64_t cancels() const { return cancels_; }
  [[nodiscard]] std::uint64_t arrivals() const { return arrivals_; }

 private:
  [[nodiscard]] SimTime next_storm() const {
    return next_ < storms_.size() ? storms_[next_]->at : kForever;
  }
  Result<void> begin(Server& server);
  [[nodiscard]] Result<QueueId> queue_of(const Fault& fault) const;
  void choose_cancelled(const Server& server, const Fault& fault, const QueueId* queue);

  const std::vector<std::string>* queue_names_;
  Outside& others_;
  std::vector<const Fault*> storms_;  // by their time
  std::size_t next_ = 0;
  bool begun_ = false;
  Arrival arrival_;                     // of the burst that has begun
  std::uint64_t left_ = 0;              // of its requests
  std::vector<RequestSlot> to_cancel_;  // in reverse
  std::uint64_t cancels_ = 0;
  std::uint64_t arrivals_ = 0;
};

}  // namespace lockstep
