// Rows of a CSV file, one at a time, split at commas; every error of a row knows its place.
//
// Rules of the format, on top of those of text_lines.h: `#` lines before the header, blank lines
// only at the end of the file, no quoting (a `"` is refused where it matters by the field rules)
// unless the options allow it. Numbers are parsed by us, from the text. Views into a row are valid
// until next().
#pragma once

#include <charconv>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "traces/byte_source.h"
#include "traces/text_lines.h"

namespace lockstep {

// A whole number in a field: which column, and the range it must lie in.
struct NumberRule {
  std::string_view column;
  std::uint64_t min = 0;
  std::uint64_t max = UINT64_MAX;
};

struct CsvOptions {
  bool quoted_fields = false;  // "a,b" is one field, without its quotes; never over a line end
  std::size_t max_columns = 32;
};

class CsvRows {
 public:
  // `name` stands for FILE in messages. Reads up to the header. Errors: no header, content that is
  // not text, a column named twice.
  [[nodiscard]] static Result<std::unique_ptr<CsvRows>> open(std::string name,
                                                             std::unique_ptr<ByteSource> source);
  // The same over lines of which none, or the first one again, is still to come.
  [[nodiscard]] static Result<std::unique_ptr<CsvRows>> open(std::unique_ptr<TextLines> lines,
                                                             const CsvOptions& options);
  // A file without a header, whose columns have these names: its first line is a row.
  [[nodiscard]] static Result<std::unique_ptr<CsvRows>> open_without_header(
      std::string name, std::unique_ptr<ByteSource> source,
      std::span<const std::string_view> columns);

  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }

  // Refuses a header that is not exactly `columns`, for files that we write ourselves.
  [[nodiscard]] Result<void> require_header(std::span<const std::string_view> columns) const;

  // Moves to the next row; false: the end. Errors: a row with another number of fields than the
  // header, a blank line before the end, a read error.
  [[nodiscard]] Result<bool> next();

  [[nodiscard]] std::string_view field(std::size_t index) const { return fields_[index]; }
  [[nodiscard]] std::uint64_t line() const { return lines_->line(); }
  [[nodiscard]] const TextLines& lines() const { return *lines_; }

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
                                                  std::string_view expected) const {
    return lines_->refuse_at(0, found, expected);
  }

  // Digest of the bytes read so far (all of them, once next() was false).
  [[nodiscard]] std::uint64_t content_digest() const { return lines_->content_digest(); }

 private:
  CsvRows(std::unique_ptr<TextLines> lines, const CsvOptions& options);
  [[nodiscard]] Result<void> split();
  [[nodiscard]] Result<std::size_t> split_quoted(std::size_t begin);
  [[nodiscard]] Result<void> read_header();
  [[nodiscard]] tl::unexpected<Error> wrong_field_count() const;
  [[nodiscard]] tl::unexpected<Error> refuse_number(std::size_t index,
                                                    const NumberRule& rule) const;

  std::unique_ptr<TextLines> lines_;
  CsvOptions options_;
  std::vector<std::string> header_;
  std::string_view text_;  // of this line
  std::vector<std::string_view> fields_;
  std::size_t field_count_ = 0;
};

// Moves to the next line that is not blank; false: the end. Blank lines may stand at the end only:
// the message names the first one, which is where the file went wrong.
[[nodiscard]] Result<bool> next_row(TextLines& lines);

}  // namespace lockstep
