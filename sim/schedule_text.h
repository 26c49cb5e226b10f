// A schedule as text, to keep and to replay: the choices that were not the dullest, one a line.
//
//   lockstep schedule 1
//   # anything
//   3 fiber lock 1/2        choice number 3 (from 0), its kind and site, option 1 of 0..1
//
// All others are option 0. Numbers increase; names of sites have no spaces (they are printed with
// '_' instead). Kind and site are for the reader: what decides is the number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "sim/choices.h"

namespace lockstep {

inline constexpr std::size_t kMaxScheduleChoices = 1u << 24;

[[nodiscard]] std::string schedule_text(const std::vector<RecordedChoice>& choices);
// For ReplayedChoices. `name` is the file's, for messages.
[[nodiscard]] Result<std::vector<std::uint32_t>> parse_schedule(std::string_view text,
                                                                std::string_view name);

// What ReplayedChoices takes to repeat them.
[[nodiscard]] std::vector<std::uint32_t> options_of(const std::vector<RecordedChoice>& choices);

}  // namespace lockstep
