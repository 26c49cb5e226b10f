// The text of --arrivals, cut into parts and options that know their place.
//
//   SPEC   = PART *(" + " PART)
//   PART   = KIND ":" MAIN *("," NAME "=" VALUE)
// A comma that no NAME= follows belongs to the value: size=1:70,4:20,16:10. NAME is lower-case
// letters. Views into the text, which outlives them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace lockstep {

// A piece of the text, and where it begins (bytes from 0).
struct SpecPiece {
  std::string_view text{};
  std::size_t offset = 0;
};

// "arrivals:COLUMN: found ..., expected ...", COLUMN counted from 1.
[[nodiscard]] tl::unexpected<Error> refuse_piece(const SpecPiece& piece, std::string_view expected);
// The same with words of its own after the place.
[[nodiscard]] tl::unexpected<Error> refuse_spec(std::size_t offset, const std::string& words);

struct SpecOption {
  SpecPiece name;
  SpecPiece value;
};

struct SpecPart {
  SpecPiece kind;
  SpecPiece main;
  std::vector<SpecOption> options;

  // nullptr: not given.
  [[nodiscard]] const SpecOption* find(std::string_view name) const;
  // Errors: not given; the message names the option and an example.
  [[nodiscard]] Result<SpecPiece> require(std::string_view name, std::string_view example) const;
};

// Errors: no part, a part without ":", an option given twice.
[[nodiscard]] Result<std::vector<SpecPart>> split_spec(std::string_view text);

}  // namespace lockstep
