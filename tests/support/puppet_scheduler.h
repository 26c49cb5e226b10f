// A scheduler that does exactly what the test scripted, and nothing else: for the server's checks.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/scheduler.h"

namespace lockstep {

class PuppetScheduler final : public Scheduler {
 public:
  using Act = std::function<void(const Input&, Decisions&)>;

  explicit PuppetScheduler(Act act, Needs needs = {}) : act_(std::move(act)), needs_(needs) {}
  void step(const Input& input, const RequestTable&, Decisions& out) override { act_(input, out); }
  [[nodiscard]] QueueCounters counters(QueueId) const override { return {}; }
  [[nodiscard]] Promises promises() const override { return {}; }
  [[nodiscard]] Needs needs() const override { return needs_; }

 private:
  Act act_;
  Needs needs_;
};

// A range of pieces that lives in a vector of the test.
inline PieceRange range_of(const std::vector<Piece>& pieces) {
  return PieceRange{pieces, {}};
}

}  // namespace lockstep
