// JSON with columns: every key and value knows where it stands, so that errors can say so.
//
// For one-line documents (JSON Lines). A key that comes twice is an error. Limits: nesting 16 deep,
// numbers are int64 or not integers at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace lockstep {

// What is wrong, and the 1-based column (bytes) where.
struct LocatedError {
  std::size_t column = 1;
  std::string message;
};
template <typename T>
using Located = tl::expected<T, LocatedError>;

[[nodiscard]] inline tl::unexpected<LocatedError> wrong_at(std::size_t column,
                                                           std::string message) {
  return tl::unexpected<LocatedError>(LocatedError{column, std::move(message)});
}

struct LocatedJson {
  enum class Kind : std::uint8_t { kNull, kBool, kInteger, kFraction, kString, kArray, kObject };
  struct Member;

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::int64_t integer = 0;
  std::size_t column = 1;
  std::string text;  // kString; of a kFraction as written, "" when it is an integer too large
  std::vector<LocatedJson> items;
  std::vector<Member> members;  // in file order

  // nullptr when there is no such key.
  [[nodiscard]] const LocatedJson* find(std::string_view key) const;
};
struct LocatedJson::Member {
  std::string key;
  std::size_t column = 1;
  LocatedJson value;
};

// "an object", "a string": for messages.
[[nodiscard]] std::string_view kind_name(LocatedJson::Kind kind);

[[nodiscard]] Located<LocatedJson> parse_located_json(std::string_view text);

}  // namespace lockstep
