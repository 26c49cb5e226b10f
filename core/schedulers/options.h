// Options of schedulers: by the server's own names, as text, checked and made canonical in one
// place.
//
// A name, its type, unit and default stand in a table of OptionInfo beside each scheduler. Values
// travel as canonical text (command line, configuration files, manifest.json), so that a new type
// of option changes no file format. Equal values have equal text: "08, 32" becomes "8,32".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace lockstep {

enum class OptionType : std::uint8_t {
  kInteger,  // int64
  kFlag,     // "true" or "false"
  kChoice,   // one of OptionInfo::choices
  kSizes,    // "8,16,32"; "" = none
  kDecimal,  // "2.5": at most 9 digits after the point, kept exactly
};

// Whose option it is: one for the scheduler, or one for each queue.
enum class OptionScope : std::uint8_t { kScheduler, kQueue };

// Default of an option that the server would take from its own CPU count: see --server-cpus.
inline constexpr std::string_view kServerCpus = "--server-cpus";

struct OptionInfo {
  std::string_view name;
  std::string_view unit;          // "rows", "us", "batches", "threads"; "" where there is none
  std::string_view default_text;  // canonical; kServerCpus; or "=NAME": as that option
  std::string_view help;
  OptionType type = OptionType::kInteger;
  OptionScope scope = OptionScope::kQueue;
  std::span<const std::string_view> choices{};
  // Settings name it even at its default. The others appear when they differ from it, so that a
  // new option changes no digest of a run that does not use it.
  bool always_recorded = false;
};

// Canonical values by option name; names that are absent take the default.
using OptionValues = std::vector<std::pair<std::string, std::string>>;

// `text` as a value of `option`. Errors: not of its type ("found max_batch_size 'many', expected a
// whole number of rows"). Whether the value makes sense is for the scheduler to judge.
[[nodiscard]] Result<std::string> canonical_option(const OptionInfo& option, std::string_view text);

// The value of an option, by its type. Requires: it is there, and canonical.
[[nodiscard]] const std::string& option_text(const OptionValues& values, std::string_view name);
[[nodiscard]] std::int64_t option_integer(const OptionValues& values, std::string_view name);
[[nodiscard]] bool option_flag(const OptionValues& values, std::string_view name);
[[nodiscard]] std::vector<std::int64_t> option_sizes(const OptionValues& values,
                                                     std::string_view name);
// In units of 10^-9.
[[nodiscard]] std::int64_t option_decimal_e9(const OptionValues& values, std::string_view name);
// Index of the value in `option.choices`.
[[nodiscard]] std::size_t option_choice(const OptionValues& values, const OptionInfo& option);

// The known name with the smallest edit distance to `name` (ties: first), "" when all are far.
[[nodiscard]] std::string_view nearest_name(std::string_view name,
                                            std::span<const std::string_view> known);

}  // namespace lockstep
