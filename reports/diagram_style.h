// Colours and measures of timing diagrams (Okabe and Ito's palette, safe for colour-blind readers).
#pragma once

#include <string_view>

#include "core/status.h"

namespace lockstep {

struct ReasonColours {
  std::string_view strong;  // walls, outlines
  std::string_view text;    // darker: the strong colour is often too light for words
  std::string_view tint;    // bars and fills
};

[[nodiscard]] constexpr ReasonColours colours_of(Reason reason) {
  switch (reason) {
    case Reason::kFull:
      return {"#0072B2", "#005A8C", "#CFE3F1"};
    case Reason::kTimeout:
      return {"#E69F00", "#8A5A00", "#FCE7C0"};
    case Reason::kGreedy:
      return {"#56B4E9", "#1D6C9C", "#DCF0FB"};
    case Reason::kOverflow:
      return {"#D55E00", "#9C4500", "#F8D9C4"};
    case Reason::kFlush:
      return {"#8C8C8C", "#555555", "#E2E2E2"};
    case Reason::kTaskLimit:
      return {"#CC79A7", "#8C4A6E", "#F3DDE9"};
    case Reason::kExpired:
      return {"#C8321E", "#8F2213", "#F6D5D0"};
    case Reason::kExpress:
      return {"#009E73", "#00694D", "#CFECE2"};
    default:
      return {"#9AA0A8", "#5F6670", "#E4E6EA"};
  }
}

namespace diagram {

inline constexpr int kPageWidth = 1160;
inline constexpr int kPlotLeft = 84;
inline constexpr int kPlotRight = 1144;
inline constexpr int kPageHeightMax = 900;  // of one run; of two stacked runs, each

inline constexpr std::string_view kPaper = "#FFFFFF";
inline constexpr std::string_view kBand = "#F5F7F9";
inline constexpr std::string_view kGrid = "#E1E5E9";
inline constexpr std::string_view kInk = "#1A1A1A";
inline constexpr std::string_view kGreyText = "#5F6670";
inline constexpr std::string_view kFaintLine = "#9AA5B1";
inline constexpr std::string_view kWaitingLane = "#BCC2CA";    // due, but no lane free
inline constexpr std::string_view kFillingOnLane = "#DCEBDD";  // on a lane, open for requests
inline constexpr std::string_view kQueuedOnGpu = "#E3D8EC";    // on a lane, GPU busy with others
inline constexpr std::string_view kWaitingArea = "#AEB6C2";
inline constexpr std::string_view kMutedFill = "#ECEEF1";  // batches of requests not drawn
inline constexpr std::string_view kMutedLine = "#B9C0C8";
inline constexpr std::string_view kRed = "#C8321E";

}  // namespace diagram

}  // namespace lockstep
