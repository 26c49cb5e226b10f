// Places boxes of known left and right edges one below the other, each as high up as it fits.
//
// First fit in the order given: a box goes to the smallest `top` at which it touches no box placed
// before. Units are the caller's (points, or rows of characters). At most a few hundred boxes.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace lockstep {

struct PackBox {
  int left = 0;
  int right = 0;  // exclusive
  int height = 0;
};

struct Packing {
  std::vector<std::optional<int>> tops;  // nullopt: would end below `height_max`
  int height = 0;                        // the lowest bottom
  int hidden = 0;
};

[[nodiscard]] Packing pack_first_fit(std::span<const PackBox> boxes, int height_max);

}  // namespace lockstep
