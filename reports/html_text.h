// Text for HTML pages: escaping, and numbers as tables show them.
//
// Whatever comes from outside (names, settings) passes through escape_html() or json_text(), and is
// first made displayable. Integer arithmetic only (format.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.h"
#include "reports/ledger.h"

namespace lockstep {

// For text and for attribute values within double quotes: & < > " ' become entities.
[[nodiscard]] std::string escape_html(std::string_view text);

// `text` from outside, made displayable (format.h) and escaped.
[[nodiscard]] std::string outside_html(std::string_view text);

// A JSON string that may stand in a <script>: with its quotes; < > & are escaped.
[[nodiscard]] std::string json_text(std::string_view text);

// "19,366".
[[nodiscard]] std::string grouped_digits(std::uint64_t value);

// "12.5 %", "0.04 %", "100 %": two significant digits below 1 %, else one decimal; "0 %" of
// nothing. Never "100 %" or "0 %" of what is less or more.
[[nodiscard]] std::string percent_text(std::uint64_t part, std::uint64_t whole);

// "waiting for the GPU", as the end of a sentence "they spent their time ...".
[[nodiscard]] std::string_view cause_clause(LatencyCause cause);

}  // namespace lockstep
