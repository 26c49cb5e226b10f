// Colours and measures of timing diagrams (Okabe and Ito's palette, safe for colour-blind readers).
#pragma once

#include <array>
#include <string_view>

#include "core/status.h"

namespace lockstep {

struct ReasonColours {
  std::string_view strong;  // walls, outlines
  std::string_view text;    // darker: the strong colour is often too light for words
  std::string_view tint;    // bars and fills; with stages: compute
  std::string_view copy_in;
  std::string_view copy_out;
};

[[nodiscard]] constexpr ReasonColours colours_of(Reason reason) {
  switch (reason) {
    case Reason::kFull:
      return {"#0072B2", "#005A8C", "#CFE3F1", "#E7F1F8", "#87BBDB"};
    case Reason::kTimeout:
      return {"#E69F00", "#8A5A00", "#FCE7C0", "#FDF3DF", "#F4CE7D"};
    case Reason::kGreedy:
      return {"#56B4E9", "#1D6C9C", "#DCF0FB", "#EDF7FD", "#ADDBF5"};
    case Reason::kOverflow:
      return {"#D55E00", "#9C4500", "#F8D9C4", "#FBECE1", "#ECAE7F"};
    case Reason::kFlush:
      return {"#8C8C8C", "#555555", "#E2E2E2", "#F0F0F0", "#C4C4C4"};
    case Reason::kLowTimeout:
    case Reason::kLowFull:
    case Reason::kMerged:
    case Reason::kTaskLimit:
      return {"#CC79A7", "#8C4A6E", "#F3DDE9", "#F9EEF4", "#E5BAD2"};
    case Reason::kExpired:
      return {"#C8321E", "#8F2213", "#F6D5D0", "#FAEAE7", "#E69C92"};
    case Reason::kExpress:
      return {"#009E73", "#00694D", "#CFECE2", "#E7F5F0", "#87D1BB"};
    default:
      return {"#9AA0A8", "#5F6670", "#E4E6EA", "#F1F2F4", "#CACED3"};
  }
}

// What stands on a wall where there are no colours.
[[nodiscard]] constexpr std::string_view letter_of(Reason reason) {
  switch (reason) {
    case Reason::kFull:
      return "F";
    case Reason::kTimeout:
      return "T";
    case Reason::kGreedy:
      return "G";
    case Reason::kOverflow:
      return "O";
    case Reason::kFlush:
      return "D";  // drain
    case Reason::kLowTimeout:
      return "L";
    case Reason::kLowFull:
      return "P";
    case Reason::kMerged:
      return "M";
    case Reason::kTaskLimit:
      return "N";
    case Reason::kExpired:
      return "E";
    case Reason::kExpress:
      return "X";
    default:
      return "?";
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
inline constexpr std::string_view kHoverOnly = "#FFFFFF00";  // not to be seen, but pointed at
// How many batches share a GPU: 1, 2, 3, more.
inline constexpr std::array<std::string_view, 4> kSharing = {"#DDE1E6", "#B9C0C8", "#8E97A3",
                                                             "#5F6670"};

}  // namespace diagram

}  // namespace lockstep
