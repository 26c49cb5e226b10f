// A stream of arrivals in time order: a trace file, a generator, or one wrapped by another.
//
// Invariants: times do not decrease; queue ids are handed out in order of first use (0, 1, 2, ...).
// Read in blocks, so that an error check and a virtual call cost nothing per request; memory does
// not grow with the length.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/request.h"
#include "core/result.h"

namespace lockstep {

class ArrivalSource {
 public:
  ArrivalSource() = default;
  ArrivalSource(const ArrivalSource&) = delete;
  ArrivalSource& operator=(const ArrivalSource&) = delete;
  virtual ~ArrivalSource() = default;

  // Fills the front of `out` (not empty) and returns how many; 0 means the end. After an error or
  // the end it is not called again.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<Arrival> out) = 0;

  // Names of the queues seen so far, indexed by QueueId. A source without names has one: "queue".
  [[nodiscard]] virtual const std::vector<std::string>& queue_names() const = 0;
};

// No arrival at all, for one queue: where somebody else sends the requests.
class NoArrivals final : public ArrivalSource {
 public:
  explicit NoArrivals(std::string queue) : names_{std::move(queue)} {}
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> /*out*/) override { return 0; }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }

 private:
  std::vector<std::string> names_;
};

}  // namespace lockstep
