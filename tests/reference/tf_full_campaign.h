// Random scenarios through the reference and through the scheduler: do they agree?
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "properties/reference/tf_full_script.h"
#include "tests/reference/tf_full_coverage.h"

namespace lockstep::full_reference {

// The first line that differs, or nothing. Adds what the reference reached to `marks`.
[[nodiscard]] std::optional<std::string> difference(const Script& script, Marks& marks);

class Campaign {
 public:
  explicit Campaign(std::uint64_t seed) : seed_(seed) {}

  void run(std::uint64_t first, std::uint64_t count);

  [[nodiscard]] const Coverage& coverage() const { return coverage_; }
  // Seed, numbers, and the shortest differing scenario cut down; empty if all agree.
  [[nodiscard]] std::string report() const;

 private:
  std::uint64_t seed_;
  Coverage coverage_;
  std::uint64_t scenario_count_ = 0;
  std::vector<std::uint64_t> differing_;
  std::uint64_t shortest_number_ = 0;
  std::optional<Script> shortest_;
};

}  // namespace lockstep::full_reference
