// What a campaign has seen, in numbers that add up: sizes of cases, outcomes, and what was reached.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/result.h"
#include "properties/cases/case.h"
#include "properties/checkers/checker.h"
#include "properties/record/run_record.h"

namespace lockstep {

struct Tally {
  // Cases by number of requests: 0-9, 10-24, 25-49, 50-99, 100-199, 200 and more.
  static constexpr std::array<std::uint64_t, 5> kSizeEnds = {10, 25, 50, 100, 200};
  std::array<std::uint64_t, 6> sizes{};
  // By number of requests, up to the last that counts all above: for exact medians.
  std::array<std::uint64_t, 301> requests_per_case{};

  std::uint64_t cases = 0;
  std::uint64_t requests = 0;
  std::uint64_t batches = 0;
  std::uint64_t refused = 0;        // cases whose options are defective
  std::uint64_t not_simulated = 0;  // cases that were not judged
  std::uint64_t twice = 0;
  std::uint64_t relations = 0;

  // Cases that each property judged, by its place in the catalogue.
  std::array<std::uint64_t, kPropertiesMax> judged{};

  void observe(const Case& value, const RunRecord& record);
  void add(const Tally& other);
  [[nodiscard]] std::uint64_t median_requests() const;
  // Numbers separated by spaces, and back.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static Result<Tally> from_text(const std::string& text);
};

}  // namespace lockstep
