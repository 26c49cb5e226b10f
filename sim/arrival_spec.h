// What --arrivals says, understood: parts of traffic with their rates, gaps and other values.
//
// docs/traffic.md has the grammar, what each kind is for, and the streams of each part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/gap_distribution.h"
#include "core/result.h"
#include "sim/rate.h"
#include "sim/rate_profile.h"
#include "sim/value_distribution.h"

namespace lockstep {

enum class PartKind : std::uint8_t {
  kConstant,
  kPoisson,
  kGamma,
  kWeibull,
  kOnOff,
  kRamp,
  kDiurnal,
  kServegen,
};

inline constexpr std::size_t kMaxArrivalParts = 256;

// A file of measured windows (traces/servegen_windows.h).
struct ServegenSource {
  std::string path{};
  bool by_shape = false;                       // the file's shape instead of its CV
  std::int64_t from_ns = 0;                    // of the file, becomes time 0
  std::uint64_t scale_millionths = 1'000'000;  // of the rates
};

struct ArrivalPart {
  PartKind kind = PartKind::kPoisson;
  // The gaps of all kinds but servegen.
  GapFamily family = GapFamily::kExponential;
  std::uint64_t cv_millionths = 0;  // gamma and Weibull
  Rate rate{};                      // constant, poisson, gamma, weibull
  RampRate ramp{};
  DiurnalRate day{};
  OnOffRate on_off{};
  ServegenSource servegen{};
  // What is absent is 1, "queue", 0, and the number of the part.
  std::optional<ValueSpec> size{};
  std::optional<ValueSpec> queue{};
  std::optional<ValueSpec> priority{};
  std::optional<ValueSpec> client{};
  std::int64_t timeout_ns = 0;
};

struct ArrivalSpec {
  std::vector<ArrivalPart> parts{};
  // The text, files named without their directories: what a manifest may hold.
  std::string text{};

  // One Poisson part and nothing else: PoissonArrivals.
  [[nodiscard]] bool is_plain_poisson() const;
};

struct ArrivalKindInfo {
  std::string_view name;
  std::string_view example;  // a whole PART
  std::string_view use;
};
[[nodiscard]] const std::vector<ArrivalKindInfo>& arrival_kinds();

// Paths are taken from `folder`, when it is not empty. Reads no file.
// Errors: "arrivals:COLUMN: found ..., expected ...".
[[nodiscard]] Result<ArrivalSpec> parse_arrivals(std::string_view text,
                                                 const std::string& folder = "");

}  // namespace lockstep
