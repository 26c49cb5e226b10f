// Lines of a text, one at a time; every error of a line knows its place.
//
// LF or CRLF, last line end optional, a byte-order mark before the first line. NUL and other
// control bytes never get through where a rule trips over one: the message names the byte instead.
// Content that is no text at all (an archive, UTF-16) is refused before the first line. A source
// that fails is an error at the line that it cuts. Lines have at most 16 MiB. Memory: 48 MiB of
// address space, touched as far as the text is long. Lines are found by libfccp's LineReader. The
// view of a line is valid until next().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "traces/byte_source.h"

namespace lockstep {

class TextLines {
 public:
  // `name` stands for FILE in messages. Errors: content that is not text.
  [[nodiscard]] static Result<std::unique_ptr<TextLines>> open(std::string name,
                                                               std::unique_ptr<ByteSource> source);
  ~TextLines();

  // Moves to the next line; false: the end. Errors: a line that is too long, a read error.
  [[nodiscard]] Result<bool> next();
  // Lets next() give this line once more. Requires: next() was true.
  void again() { again_ = true; }

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] std::uint64_t line() const { return line_; }
  [[nodiscard]] bool is_empty() const;  // not one byte

  // Errors: a control byte anywhere in this line, for formats that do not look at all of it.
  [[nodiscard]] Result<void> require_text() const;

  // FILE:LINE:COLUMN: found ..., expected ..., at this line; `offset` bytes into it.
  [[nodiscard]] tl::unexpected<Error> refuse_at(std::size_t offset, std::string_view found,
                                                std::string_view expected) const;
  // The same for a part of text(), which is found by its address.
  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view part, std::string_view found,
                                             std::string_view expected) const {
    return refuse_at(static_cast<std::size_t>(part.data() - text_.data()), found, expected);
  }
  // FILE:LINE:COLUMN: TEXT at any line.
  [[nodiscard]] tl::unexpected<Error> error_at(std::uint64_t line, std::size_t offset,
                                               std::string_view text) const;

  // Digest of the bytes read so far (all of them, once next() was false).
  [[nodiscard]] std::uint64_t content_digest() const;

 private:
  struct Lines;

  TextLines(std::string name, std::unique_ptr<Lines> lines);

  std::string name_;
  std::unique_ptr<Lines> lines_;
  std::string_view text_;
  std::uint64_t line_ = 0;
  bool again_ = false;
};

// `"12x"`, shortened and with unprintable bytes as \xNN; "an empty field" for "".
[[nodiscard]] std::string quoted_field(std::string_view text);

// "a, b, c"
[[nodiscard]] std::string name_list(std::span<const std::string_view> names);

// " (did you mean arrival_ns?)", or "" when nothing is near.
[[nodiscard]] std::string suggestion(std::string_view name,
                                     std::span<const std::string_view> known);

}  // namespace lockstep
