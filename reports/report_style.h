// Colours of the report's charts, from the palette of the timing diagrams (diagram_style.h).
#pragma once

#include <array>
#include <string_view>

#include "reports/ledger.h"

namespace lockstep {

// Fill of a span of latency, by what it was spent on.
[[nodiscard]] constexpr std::string_view colour_of(LatencyCause cause) {
  constexpr std::array<std::string_view, kLatencyCauseCount> kColours = {
      "#5F6670",   // held back
      "#56B4E9",   // forming
      "#9AA0A8",   // waiting for a lane: grey, as in the diagram
      "#009E73",   // filling on a lane
      "#CC79A7",   // waiting for the GPU
      "#F0E442",   // copy in
      "#0072B2",   // compute
      "#E69F00",   // copy out
      "#0072B2",   // the device, not told apart
      "#D55E00",   // after the batch
      "#C8321E"};  // in no batch
  return kColours[static_cast<std::size_t>(cause)];
}

}  // namespace lockstep
