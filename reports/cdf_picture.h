// Latency distributions of several runs over one another, as an SVG of its own.
//
// A curve says which share of a run's requests was answered within a time: all requests count, so
// one with refused requests ends below 100 %. Drawn to the largest p99.9, where a longer tail
// leaves the picture. Integer coordinates: the same runs give the same bytes. Labels are escaped.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/time.h"
#include "traces/run_log.h"

namespace lockstep {

struct CdfCurve {
  std::string label;
  std::vector<SimDuration> latencies;  // of answered requests, rising
  std::size_t requests = 0;            // answered or not
};

[[nodiscard]] CdfCurve cdf_of(const RunLog& run, std::string label);

// Curve by curve in colours that differ in brightness, too; the first ones in front. Requires: at
// least one.
[[nodiscard]] std::string cdf_svg(std::span<const CdfCurve> curves);

}  // namespace lockstep
