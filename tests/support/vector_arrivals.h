// Arrivals from a vector, and a small way to write one down.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "traces/arrival_source.h"

namespace lockstep {

class VectorArrivals final : public ArrivalSource {
 public:
  explicit VectorArrivals(std::vector<Arrival> arrivals) : arrivals_(std::move(arrivals)) {}

  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override {
    const std::size_t count = std::min(out.size(), arrivals_.size() - next_);
    std::copy_n(arrivals_.begin() + static_cast<std::ptrdiff_t>(next_), count, out.begin());
    next_ += count;
    return count;
  }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }

  // Unit-size requests of one queue at these nanoseconds.
  [[nodiscard]] static std::vector<Arrival> at(const std::vector<std::int64_t>& times_ns) {
    std::vector<Arrival> arrivals;
    for (const std::int64_t ns : times_ns) {
      arrivals.push_back(Arrival{.time = at_ns(ns)});
    }
    return arrivals;
  }

 private:
  std::vector<Arrival> arrivals_;
  std::size_t next_ = 0;
  std::vector<std::string> names_ = {"queue"};
};

}  // namespace lockstep
