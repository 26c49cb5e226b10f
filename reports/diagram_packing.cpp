#include "reports/diagram_packing.h"

#include <algorithm>

namespace lockstep {

Packing pack_first_fit(std::span<const PackBox> boxes, int height_max) {
  Packing packing;
  for (const PackBox& box : boxes) {
    struct Range {
      int top;
      int bottom;
    };
    std::vector<Range> taken;  // by boxes that share a column with this one
    for (std::size_t i = 0; i < packing.tops.size(); ++i) {
      const PackBox& other = boxes[i];
      if (packing.tops[i] && other.left < box.right && box.left < other.right) {
        taken.push_back({*packing.tops[i], *packing.tops[i] + other.height});
      }
    }
    std::sort(taken.begin(), taken.end(),
              [](const Range& a, const Range& b) { return a.top < b.top; });
    int top = 0;
    for (const Range& range : taken) {
      if (range.top >= top + box.height) {
        break;
      }
      top = std::max(top, range.bottom);
    }
    if (top + box.height > height_max) {
      packing.tops.emplace_back(std::nullopt);
      ++packing.hidden;
      continue;
    }
    packing.tops.emplace_back(top);
    packing.height = std::max(packing.height, top + box.height);
  }
  return packing;
}

}  // namespace lockstep
