// Arrivals within windows of measured traffic: each has exactly its count, and gaps of its family.
//
// In a window of n requests n + 1 gaps are drawn and stretched together so that they fill it; the
// arrivals stand between them. So the count is right in every window, however heavy the tail (with
// a CV of 800 independent gaps at the measured mean would be anywhere between no request and all of
// them at once), and with exponential gaps the result is a Poisson process given its count.
// The gaps are drawn twice, from the same place of the stream: first for their sum. Memory does not
// grow with the count.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/prng.h"
#include "sim/arrival_spec.h"
#include "sim/arrival_times.h"
#include "traces/servegen_windows.h"

namespace lockstep {

// The windows of the file that begin at or after source.from_ns, which becomes time 0, their rates
// scaled. Errors: those of reading it; none is left; a rate of 10^9 /s and more.
struct SourceWindows {
  std::vector<ServegenWindow> windows;
  std::uint64_t content_digest = 0;
};
[[nodiscard]] Result<SourceWindows> source_windows(const ServegenSource& source);

// By the CV of each window, or by its shape. Ends with the last window.
[[nodiscard]] std::unique_ptr<ArrivalTimes> window_times(std::vector<ServegenWindow> windows,
                                                         bool by_shape, Prng gaps);

}  // namespace lockstep
