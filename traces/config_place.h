// Where something stands in a configuration, and settings and warnings that know it.
//
// Lines and columns count from 1, columns in bytes (a byte-order mark counts as three, as in
// traces). A flag of a command line stands in the file "command line": line 1, the column of its
// word when the words are joined by single blanks.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "core/result.h"

namespace lockstep {

struct ConfigPlace {
  std::string file{};  // as the user named it
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  friend bool operator==(const ConfigPlace&, const ConfigPlace&) = default;
};

// "b.txt:3:7"
[[nodiscard]] inline std::string to_text(const ConfigPlace& place) {
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

template <typename T>
struct Placed {
  T value{};
  ConfigPlace where{};
};

// "1 model", "2 models", "2 batches".
[[nodiscard]] inline std::string counted(std::int64_t count, const std::string& what) {
  const std::string plural = what.ends_with("ch") ? "es" : "s";
  return std::to_string(count) + " " + what + (count == 1 ? "" : plural);
}

// A field by the server's own name, its value as canonical text: "32", "true", "0.4", "8,32" for a
// list, a text without quotes.
struct ConfigSetting {
  std::string name{};
  std::string value{};
  ConfigPlace where{};
};

// A warning: what was understood, why it cannot work as meant, with a number. One line, no
// "warning: " in front.
struct ConfigDiagnostic {
  std::string text{};
  ConfigPlace where{};

  friend bool operator==(const ConfigDiagnostic&, const ConfigDiagnostic&) = default;
};

// "b.txt:3:7: ...".
[[nodiscard]] inline std::string to_text(const ConfigDiagnostic& diagnostic) {
  return to_text(diagnostic.where) + ": " + diagnostic.text;
}

// An error at a place; `text` is "found ..., expected ..." or the server's own sentence.
[[nodiscard]] inline tl::unexpected<Error> refuse_at(const ConfigPlace& place, std::string text) {
  return bad_input(to_text(place) + ": " + std::move(text));
}

}  // namespace lockstep
