// Rows of a CSV file, one at a time, split at commas; every error of a row knows its place.
//
// Rules of the format: no quoting (a `"` is refused where it matters by the field rules), LF or
// CRLF, last line end optional, a BOM and `#` lines before the header, blank lines only at the end
// of the file. NUL and other control bytes never get through: whichever rule trips over one, the
// message names the byte. Memory: 48 MiB of address space, touched as far as the file is long.
// Rows are split by libfccp's LineReader; numbers are parsed by us, from the text.
// Views into a row are valid until next().
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/byte_source.h"

namespace lockstep {

// A whole number in a field: which column, and the range it must lie in.
struct NumberRule {
  std::string_view column;
  std::uint64_t min = 0;
  std::uint64_t max = UINT64_MAX;
};

class CsvRows {
 public:
  static constexpr std::size_t kMaxColumns = 32;

  // `name` stands for FILE in messages. Reads up to the header. Errors: no header, content that is
  // not text, a column named twice.
  [[nodiscard]] static Result<std::unique_ptr<CsvRows>> open(std::string name,
                                                             std::unique_ptr<ByteSource> source);
  ~CsvRows();

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }

  // Refuses a header that is not exactly `columns`, for files that we write ourselves.
  [[nodiscard]] Result<void> require_header(std::span<const std::string_view> columns) const;

  // Moves to the next row; false: the end. Errors: a row with another number of fields than the
  // header, a blank line before the end, a read error.
  [[nodiscard]] Result<bool> next();

  [[nodiscard]] std::string_view field(std::size_t index) const { return fields_[index]; }
  [[nodiscard]] std::uint64_t line() const { return line_; }

  // Digits only: no sign, no space, no point. Errors: FILE:LINE:COLUMN at the field.
  [[nodiscard]] Result<std::uint64_t> number(std::size_t index, const NumberRule& rule) const {
    const std::string_view text = fields_[index];
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc{} && stop == end && value >= rule.min && value <= rule.max) [[likely]] {
      return value;
    }
    return refuse_number(index, rule);
  }

  // Errors at a field ("found "12x", expected ...") of this row; `offset` bytes into the field.
  [[nodiscard]] tl::unexpected<Error> refuse(std::size_t index, std::string_view expected) const;
  [[nodiscard]] tl::unexpected<Error> refuse(std::size_t index, std::size_t offset,
                                             std::string_view found,
                                             std::string_view expected) const;

  // An error at the beginning of the current line.
  [[nodiscard]] tl::unexpected<Error> refuse_line(std::string_view found,
                                                  std::string_view expected) const;

  // Digest of the bytes read so far (all of them, once next() was false).
  [[nodiscard]] std::uint64_t content_digest() const;

 private:
  struct Lines;

  CsvRows(std::string name, std::unique_ptr<Lines> lines);
  [[nodiscard]] Result<bool> next_line();
  [[nodiscard]] Result<void> split();
  [[nodiscard]] Result<void> read_header();
  [[nodiscard]] Result<bool> after_blank_line();
  [[nodiscard]] tl::unexpected<Error> wrong_field_count() const;
  [[nodiscard]] tl::unexpected<Error> refuse_number(std::size_t index,
                                                    const NumberRule& rule) const;
  [[nodiscard]] tl::unexpected<Error> refuse_at(std::size_t offset, std::string_view found,
                                                std::string_view expected) const;
  [[nodiscard]] tl::unexpected<Error> error_at(std::uint64_t line, std::size_t offset,
                                               std::string_view text) const;

  std::string name_;
  std::unique_ptr<Lines> lines_;
  std::vector<std::string> header_;
  std::string_view text_;  // of this line
  std::array<std::string_view, kMaxColumns> fields_;
  std::size_t field_count_ = 0;
  std::uint64_t line_ = 0;
};

// `"12x"`, shortened and with unprintable bytes as \xNN; "an empty field" for "".
[[nodiscard]] std::string quoted_field(std::string_view text);

// "a, b, c"
[[nodiscard]] std::string name_list(std::span<const std::string_view> names);

// " (did you mean arrival_ns?)", or "" when nothing is near.
[[nodiscard]] std::string suggestion(std::string_view name,
                                     std::span<const std::string_view> known);

}  // namespace lockstep
