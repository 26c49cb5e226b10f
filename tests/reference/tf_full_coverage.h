// What the scenarios of a campaign were made of and reached: printed as a histogram, and required.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "properties/reference/tf_full_marks.h"
#include "properties/reference/tf_full_script.h"

namespace lockstep::full_reference {

class Coverage {
 public:
  Coverage();

  void add(const Script& script);
  [[nodiscard]] Marks& marks() { return marks_; }
  [[nodiscard]] std::string histogram() const;
  // What is missing, one line each; empty if the campaign means something.
  [[nodiscard]] std::string shortfalls() const;

 private:
  [[nodiscard]] std::uint64_t scenario_count() const { return request_counts_.size(); }
  [[nodiscard]] std::size_t requests_at(std::size_t percent) const;
  void add_gaps(const Script& script);

  Marks marks_;
  std::vector<std::uint64_t> option_counts_;  // scenarios with an option value, per row of a table
  std::vector<std::uint64_t> gap_counts_;     // arrivals, per row of a table
  std::uint64_t arrival_count_ = 0;
  std::vector<std::size_t> request_counts_;  // of each scenario
};

}  // namespace lockstep::full_reference
