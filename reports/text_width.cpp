#include "reports/text_width.h"

#include <array>

namespace lockstep {
namespace {

// Advance widths of U+0020 to U+007E in thousandths of the font size.
constexpr std::array<int, 95> kAdvance = {
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361,  318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635,  611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352,  635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592,  525, 636, 337, 636, 838};

}  // namespace

int text_width(std::string_view text, int tenths) {
  int thousandths = 0;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte < 0x7f) {
      thousandths += kAdvance[byte - 0x20u];
    } else if ((byte & 0xc0u) != 0x80u) {  // continuation bytes add nothing
      thousandths += 1000;
    }
  }
  return (thousandths * tenths + 9'999) / 10'000;
}

}  // namespace lockstep
