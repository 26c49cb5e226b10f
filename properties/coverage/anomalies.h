// What must never be asserted of batch schedulers: each tempting claim, and a run that breaks it.
//
// More lanes, a faster GPU, a larger batch limit, no waiting, fewer or earlier requests can each
// make things worse (verification 3.4). A campaign finds one example of each, by a small search
// that begins with the example of the specification, and shows it: a world in which none is found
// is too tame to test a scheduler in. Runs are tf-shared's, greedy, a few requests long. (The
// specification's arrivals come before what else happens at their instant, ours after it, so only
// some of its examples are examples here.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "properties/cases/case.h"

namespace lockstep {

// What of a run is compared; in ns. Requests that are in one run only do not count.
enum class AnomalyMeasure : std::uint8_t { kLastEnd, kSumOfEnds, kSumOfLatencies };

struct Anomaly {
  std::string_view claim{};  // "another lane cannot hurt"
  AnomalyMeasure measure = AnomalyMeasure::kLastEnd;
  bool found = false;
  std::uint32_t tries = 0;  // pairs of runs until it was found
  Case before{};
  Case after{};  // with what should not hurt
  std::int64_t before_ns = 0;
  std::int64_t after_ns = 0;  // larger
  std::string text{};         // one line, with both numbers
};

// Every claim, in the order of the specification. The same for the same seed.
[[nodiscard]] std::vector<Anomaly> find_anomalies(std::uint64_t seed);

}  // namespace lockstep
