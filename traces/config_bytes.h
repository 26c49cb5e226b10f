// The bytes of a configuration file, checked to be text, and where each of them stands.
//
// Refused with their place: an empty file, content of another kind (content_sniff.h), control bytes
// other than blanks and line ends, ill-formed UTF-8 outside comments. CRLF is accepted. A UTF-8
// byte-order mark is taken off and remembered, because TF-Serving refuses it and we need not; it
// still counts in columns. Limit: kMaxConfigBytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/config_place.h"

namespace lockstep {

class ConfigBytes {
 public:
  [[nodiscard]] static Result<ConfigBytes> open(const std::string& path);
  // `name` stands for FILE in messages.
  [[nodiscard]] static Result<ConfigBytes> from(std::string name, std::string bytes);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool has_byte_order_mark() const { return mark_; }
  // The first byte that is no blank is a brace.
  [[nodiscard]] bool looks_like_json() const;

  // Where a byte of text() stands; text().size() is the end.
  [[nodiscard]] ConfigPlace at(std::size_t offset) const;
  // The offset of a protobuf position: both count from 0, a tab leads to the next multiple of 8.
  [[nodiscard]] std::size_t offset_of(int line, int column) const;
  [[nodiscard]] ConfigPlace at_token(int line, int column) const {
    return at(offset_of(line, column));
  }

 private:
  ConfigBytes(std::string name, std::string text, bool mark);

  std::string name_;
  std::string text_;
  bool mark_ = false;
  std::vector<std::size_t> lines_;  // offsets of their first bytes
  std::vector<std::size_t> tabs_;   // offsets
};

// 'text', shortened to one line of printable characters: control bytes as \xNN, ill-formed UTF-8
// too.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace lockstep
