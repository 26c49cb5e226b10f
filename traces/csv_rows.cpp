#include "traces/csv_rows.h"

#include <algorithm>

namespace lockstep {
namespace {

// Only blank lines may follow; false: the end.
Result<bool> after_blank_line(TextLines& lines) {
  const std::uint64_t blank = lines.line();
  while (lines.text().empty()) {
    const Result<bool> more = lines.next();
    if (!more || !*more) {
      return more;
    }
  }
  if (const Result<void> text = lines.require_text(); !text) {
    return tl::unexpected(text.error());
  }
  return lines.error_at(blank, 0, "found a blank line, expected a row");
}

}  // namespace

CsvRows::CsvRows(std::unique_ptr<TextLines> lines, const CsvOptions& options)
    : lines_(std::move(lines)), options_(options), fields_(options.max_columns) {}

Result<std::unique_ptr<CsvRows>> CsvRows::open(std::string name,
                                               std::unique_ptr<ByteSource> source) {
  Result<std::unique_ptr<TextLines>> lines = TextLines::open(std::move(name), std::move(source));
  if (!lines) {
    return tl::unexpected(lines.error());
  }
  return open(std::move(*lines), CsvOptions{});
}

Result<std::unique_ptr<CsvRows>> CsvRows::open(std::unique_ptr<TextLines> lines,
                                               const CsvOptions& options) {
  std::unique_ptr<CsvRows> rows(new CsvRows(std::move(lines), options));
  const Result<void> header = rows->read_header();
  if (!header) {
    return tl::unexpected(header.error());
  }
  return rows;
}

Result<std::unique_ptr<CsvRows>> CsvRows::open_without_header(
    std::string name, std::unique_ptr<ByteSource> source,
    std::span<const std::string_view> columns) {
  Result<std::unique_ptr<TextLines>> lines = TextLines::open(std::move(name), std::move(source));
  if (!lines) {
    return tl::unexpected(lines.error());
  }
  std::unique_ptr<CsvRows> rows(new CsvRows(std::move(*lines), CsvOptions{}));
  rows->header_.assign(columns.begin(), columns.end());
  return rows;
}

Result<void> CsvRows::read_header() {
  do {
    const Result<bool> more = lines_->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return lines_->error_at(lines_->line() + 1, 0,
                              lines_->is_empty()
                                  ? "found an empty file, expected a header line"
                                  : "found the end of the file, expected a header line");
    }
    text_ = lines_->text();
    if (text_.empty()) {
      return lines_->refuse_at(0, "a blank line", "a header line");
    }
    if (text_.starts_with('#')) {
      if (Result<void> text = lines_->require_text(); !text) {
        return text;
      }
    }
  } while (text_.starts_with('#'));
  if (const Result<void> done = split(); !done) {
    return done;
  }
  for (std::size_t i = 0; i < field_count_; ++i) {
    if (fields_[i].empty()) {
      return refuse(i, "the name of a column");
    }
    if (std::find(header_.begin(), header_.end(), fields_[i]) != header_.end()) {
      return refuse(i, 0, "column " + quoted_field(fields_[i]) + " a second time",
                    "each column once");
    }
    header_.emplace_back(fields_[i]);
  }
  return {};
}

Result<void> CsvRows::split() {
  field_count_ = 0;
  std::size_t begin = 0;
  while (true) {
    if (field_count_ == fields_.size()) [[unlikely]] {
      return lines_->refuse_at(
          begin, "more than " + std::to_string(fields_.size()) + " fields",
          header_.empty() ? "a header line" : std::to_string(header_.size()) + " fields");
    }
    std::size_t end = begin;
    if (options_.quoted_fields && begin < text_.size() && text_[begin] == '"') {
      Result<std::size_t> after = split_quoted(begin);
      if (!after) {
        return tl::unexpected(after.error());
      }
      end = *after;
    } else {
      while (end < text_.size() && text_[end] != ',') {
        ++end;
      }
      fields_[field_count_++] = text_.substr(begin, end - begin);
    }
    if (end == text_.size()) {
      return {};
    }
    begin = end + 1;
  }
}

// Takes the field whose opening quote is at `begin`; returns the place of the comma behind it, or
// of the end of the line. A quote inside is doubled, and left so.
Result<std::size_t> CsvRows::split_quoted(std::size_t begin) {
  std::size_t end = begin + 1;
  while (true) {
    end = text_.find('"', end);
    if (end == std::string_view::npos) {
      return lines_->refuse_at(begin, "a quoted field without its second quote",
                               "it on the same line");
    }
    if (end + 1 == text_.size() || text_[end + 1] != '"') {
      break;
    }
    end += 2;
  }
  fields_[field_count_++] = text_.substr(begin + 1, end - begin - 1);
  if (end + 1 < text_.size() && text_[end + 1] != ',') {
    return lines_->refuse_at(end + 1, "text behind a quoted field", "a comma");
  }
  return end + 1;
}

Result<void> CsvRows::require_header(std::span<const std::string_view> columns) const {
  for (std::size_t i = 0; i < std::min(columns.size(), header_.size()); ++i) {
    if (columns[i] != header_[i]) {
      return refuse(i, "column " + std::string(columns[i]));
    }
  }
  if (header_.size() < columns.size()) {
    return lines_->refuse_at(text_.size(), "the end of the header",
                             "column " + std::string(columns[header_.size()]));
  }
  if (header_.size() > columns.size()) {
    return refuse(columns.size(), "the end of the header");
  }
  return {};
}

Result<bool> next_row(TextLines& lines) {
  const Result<bool> more = lines.next();
  if (more && *more && lines.text().empty()) [[unlikely]] {
    return after_blank_line(lines);
  }
  return more;
}

Result<bool> CsvRows::next() {
  const Result<bool> more = next_row(*lines_);
  if (!more || !*more) {
    return more;
  }
  text_ = lines_->text();
  if (const Result<void> done = split(); !done) {
    return tl::unexpected(done.error());
  }
  if (field_count_ != header_.size()) [[unlikely]] {
    return wrong_field_count();
  }
  return true;
}

tl::unexpected<Error> CsvRows::wrong_field_count() const {
  const std::size_t wanted = header_.size();
  const std::string found = field_count_ == 1
                                ? "a row of 1 field"
                                : "a row of " + std::to_string(field_count_) + " fields";
  if (field_count_ < wanted) {
    return lines_->refuse_at(text_.size(), found,
                             std::to_string(wanted) + ": " + header_[field_count_] + " is missing");
  }
  return refuse(wanted, 0, found,
                std::to_string(wanted) + ": nothing after " + header_[wanted - 1]);
}

tl::unexpected<Error> CsvRows::refuse_number(std::size_t index, const NumberRule& rule) const {
  return refuse(index, std::string(rule.column) + " as a whole number from " +
                           std::to_string(rule.min) + " to " + std::to_string(rule.max));
}

tl::unexpected<Error> CsvRows::refuse(std::size_t index, std::string_view expected) const {
  return refuse(index, 0, quoted_field(fields_[index]), expected);
}

tl::unexpected<Error> CsvRows::refuse(std::size_t index, std::size_t offset, std::string_view found,
                                      std::string_view expected) const {
  return lines_->refuse(fields_[index].substr(offset), found, expected);
}

}  // namespace lockstep
