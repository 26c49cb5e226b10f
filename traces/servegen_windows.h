// Files of measured traffic windows as ServeGen publishes them: no single arrivals, but for every
// window of time its rate, the variability of its gaps and the family of their distribution.
//
// No header. Columns: window start (s, rising; the first may be later than 0), request rate (/s),
// coefficient of variation (CV) of the gaps, family (`Gamma`, `Weibull`, or empty in a window
// without requests), shape, scale (s). A window ends where the next one begins, the last one is as
// long as the one before. Numbers are decimal, with an exponent where they are small (1.7e-05).
// Source: github.com/alibaba/ServeGen, data/language; Xiang et al., arXiv 2505.09999.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/gap_distribution.h"
#include "core/result.h"

namespace lockstep {

struct ServegenWindow {
  std::int64_t start_ns = 0;
  std::int64_t length_ns = 0;
  std::uint64_t rate_nano = 0;  // requests in 10^9 s, rounded
  // kConstant: no requests, or a CV below 0.01.
  GapFamily family = GapFamily::kConstant;
  std::uint64_t cv_millionths = 0;
  std::uint64_t shape_millionths = 0;

  // rate * length, rounded.
  [[nodiscard]] std::uint64_t request_count() const;
};

struct ServegenFile {
  std::vector<ServegenWindow> windows;
  std::uint64_t content_digest = 0;
};

inline constexpr std::size_t kMaxServegenWindows = 1'000'000;

// Errors: FILE:LINE:COLUMN at the field; a file that cannot be read; fewer than two windows.
[[nodiscard]] Result<ServegenFile> read_servegen_windows(const std::string& path);

// "19.05", "1.7e-05" times 10^9, rounded; nullopt when it is no number or 10^9 and more.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal_nano(std::string_view text);

}  // namespace lockstep
