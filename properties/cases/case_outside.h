// Who sends the requests of a case: its events one after another, at the sums of their gaps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "properties/cases/case.h"
#include "sim/outside.h"

namespace lockstep {

class CaseOutside final : public Outside {
 public:
  // `value` outlives it.
  explicit CaseOutside(const Case& value);

  [[nodiscard]] SimTime next() const override { return next_; }
  // Its next event. Lane events, and cancels of requests that have ended, do nothing.
  [[nodiscard]] Result<void> act(Server& server) override;
  // The one at next(). Requires: there is one.
  [[nodiscard]] const CaseEvent& event() const;

 private:
  void arrive(const CaseEvent& event, Server& server);
  void cancel(const CaseEvent& event, Server& server);
  void close(const CaseEvent& event, Server& server);
  void advance();

  const Case& value_;
  std::size_t index_ = 0;
  SimTime next_ = kForever;
  std::uint64_t arrived_ = 0;
  std::vector<std::uint32_t> queue_ids_;  // by the case's number; kNoQueue: not used so far
  std::vector<bool> closed_;              // by the case's number
  std::uint32_t queues_used_ = 0;
};

// Of the queues as a run of any case numbers them: "q0", "q1", ...
[[nodiscard]] std::vector<std::string> case_queue_names();

}  // namespace lockstep
