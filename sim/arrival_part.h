// One part of the text of --arrivals on its way to an ArrivalPart: what each kind makes of its MAIN
// and its options. For arrival_spec.cpp only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/gap_distribution.h"
#include "core/result.h"
#include "sim/arrival_spec.h"
#include "sim/spec_options.h"

namespace lockstep {

struct PartReader {
  const SpecPart& text;
  const std::string& folder;
  ArrivalPart part{};
  std::vector<SpecPiece> paths{};

  // A path as the folder's files see it; noted, because the recorded text names the file only.
  [[nodiscard]] std::string take_path(const SpecPiece& piece);
};

// A time with its unit. Errors: at the piece.
[[nodiscard]] Result<std::int64_t> span_of(const SpecPiece& piece, bool may_be_zero);

// Each fills what its kinds need of reader.part. Errors: "arrivals:COLUMN: ...".
[[nodiscard]] Result<void> take_steady(PartReader& reader, GapFamily family);
[[nodiscard]] Result<void> take_on_off(PartReader& reader);
[[nodiscard]] Result<void> take_ramp(PartReader& reader);
[[nodiscard]] Result<void> take_diurnal(PartReader& reader);
[[nodiscard]] Result<void> take_servegen(PartReader& reader);

}  // namespace lockstep
