#include "traces/csv_rows.h"

#include <algorithm>
#include <cstring>
#include <limits>  // libfccp uses it and does not include it

// The only file that includes it; CMake sets CSV_IO_NO_THREAD: it reads in the calling thread.
#include <libfccp/csv.h>

#include "core/digest.h"
#include "core/schedulers/registry.h"
#include "traces/content_sniff.h"

namespace lockstep {
namespace {

constexpr char kMark = '\x01';  // stands where a NUL was, or where reading failed
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 && byte != '\t';
}

// What passes between the bytes and libfccp's LineReader; it outlives the latter's byte source,
// which libfccp destroys as soon as a short file was read.
struct FeedState {
  std::unique_ptr<ByteSource> source;
  ByteDigest digest;
  std::string first_bytes;
  std::string tail;  // what we add at the end
  char last = '\n';
  bool ended = false;
  bool saw_nul = false;
};

class Feed final : public io::ByteSourceBase {
 public:
  explicit Feed(FeedState* state) : state_(state) {}

  // Fills the whole buffer unless the data ends: a short block means the end to LineReader.
  // The last line always gets its line end here, because LineReader looks at the byte behind the
  // data and takes whatever is left there from an earlier block for a line end.
  int read(char* buffer, int size) override {
    const std::span<char> out(buffer, static_cast<std::size_t>(size));
    std::size_t count = 0;
    if (!state_->ended) {
      count = state_->source->read(out);
      note(out.first(count));
      if (count < out.size()) {
        end();
      }
    }
    const std::size_t extra = std::min(state_->tail.size(), out.size() - count);
    std::copy_n(state_->tail.data(), extra, out.data() + count);
    state_->tail.erase(0, extra);
    return static_cast<int>(count + extra);
  }

 private:
  void note(std::span<char> bytes) {
    const std::string_view text(bytes.data(), bytes.size());
    if (text.empty()) {
      return;
    }
    state_->digest.add(text);
    if (state_->first_bytes.empty()) {
      state_->first_bytes = text.substr(0, kSniffedBytes);
    }
    state_->last = text.back();
    // LineReader's lines end at a NUL, so a NUL must not get through.
    if (std::memchr(bytes.data(), '\0', bytes.size()) != nullptr) {
      state_->saw_nul = true;
      std::replace(bytes.begin(), bytes.end(), '\0', kMark);
    }
  }

  void end() {
    state_->ended = true;
    if (!state_->source->failure().empty()) {
      state_->tail = {kMark, '\n'};
    } else if (state_->last != '\n') {
      state_->tail = "\n";
    }
  }

  FeedState* state_;
};

}  // namespace

struct CsvRows::Lines {
  explicit Lines(std::unique_ptr<ByteSource> source)
      : feed{.source = std::move(source), .digest = {}, .first_bytes = {}, .tail = {}},
        reader("", std::make_unique<Feed>(&feed)) {}

  FeedState feed;
  io::LineReader reader;
};

CsvRows::CsvRows(std::string name, std::unique_ptr<Lines> lines)
    : name_(std::move(name)), lines_(std::move(lines)) {}
CsvRows::~CsvRows() = default;

Result<std::unique_ptr<CsvRows>> CsvRows::open(std::string name,
                                               std::unique_ptr<ByteSource> source) {
  std::unique_ptr<CsvRows> rows(
      new CsvRows(std::move(name), std::make_unique<Lines>(std::move(source))));
  const Result<void> header = rows->read_header();
  if (!header) {
    return tl::unexpected(header.error());
  }
  return rows;
}

Result<void> CsvRows::read_header() {
  const std::string foreign = foreign_content(lines_->feed.first_bytes);
  if (!foreign.empty()) {
    return error_at(1, 0, foreign);
  }
  do {
    const Result<bool> more = next_line();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return error_at(line_ + 1, 0,
                      lines_->feed.first_bytes.empty()
                          ? "found an empty file, expected a header line"
                          : "found the end of the file, expected a header line");
    }
    if (text_.empty()) {
      return refuse_at(0, "a blank line", "a header line");
    }
    if (text_.starts_with('#') && std::any_of(text_.begin(), text_.end(), is_control)) {
      return refuse_at(0, "a comment", "text");
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

Result<void> CsvRows::require_header(std::span<const std::string_view> columns) const {
  for (std::size_t i = 0; i < std::min(columns.size(), header_.size()); ++i) {
    if (columns[i] != header_[i]) {
      return refuse(i, "column " + std::string(columns[i]));
    }
  }
  if (header_.size() < columns.size()) {
    return refuse_at(text_.size(), "the end of the header",
                     "column " + std::string(columns[header_.size()]));
  }
  if (header_.size() > columns.size()) {
    return refuse(columns.size(), "the end of the header");
  }
  return {};
}

Result<bool> CsvRows::next_line() {
  char* text = nullptr;
  try {
    text = lines_->reader.next_line();
  } catch (const io::error::line_length_limit_exceeded&) {
    return error_at(line_ + 1, 0, "found a line longer than 16 MiB, expected a row");
  }
  if (text == nullptr) {
    return false;
  }
  ++line_;
  text_ = text;
  return true;
}

Result<bool> CsvRows::next() {
  const Result<bool> more = next_line();
  if (!more || !*more) {
    return more;
  }
  if (text_.empty()) [[unlikely]] {
    return after_blank_line();
  }
  if (const Result<void> done = split(); !done) {
    return tl::unexpected(done.error());
  }
  if (field_count_ != header_.size()) [[unlikely]] {
    return wrong_field_count();
  }
  return true;
}

// Only blank lines may follow. The message names the first one: that is where the file went wrong.
Result<bool> CsvRows::after_blank_line() {
  const std::uint64_t blank = line_;
  while (text_.empty()) {
    const Result<bool> more = next_line();
    if (!more || !*more) {
      return more;
    }
  }
  if (std::any_of(text_.begin(), text_.end(), is_control)) {
    return refuse_at(0, "a row", "text");
  }
  return error_at(blank, 0, "found a blank line, expected a row");
}

Result<void> CsvRows::split() {
  field_count_ = 0;
  std::size_t begin = 0;
  while (true) {
    std::size_t end = begin;
    while (end < text_.size() && text_[end] != ',') {
      ++end;
    }
    if (field_count_ == kMaxColumns) [[unlikely]] {
      return refuse_at(
          begin, "more than 32 fields",
          header_.empty() ? "a header line" : std::to_string(header_.size()) + " fields");
    }
    fields_[field_count_++] = text_.substr(begin, end - begin);
    if (end == text_.size()) {
      return {};
    }
    begin = end + 1;
  }
}

tl::unexpected<Error> CsvRows::wrong_field_count() const {
  const std::size_t wanted = header_.size();
  const std::string found = field_count_ == 1
                                ? "a row of 1 field"
                                : "a row of " + std::to_string(field_count_) + " fields";
  if (field_count_ < wanted) {
    return refuse_at(text_.size(), found,
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
  const auto begin = static_cast<std::size_t>(fields_[index].data() - text_.data());
  return refuse_at(begin + offset, found, expected);
}

tl::unexpected<Error> CsvRows::refuse_line(std::string_view found,
                                           std::string_view expected) const {
  return refuse_at(0, found, expected);
}

// All errors of a row come through here. A control byte in it is the better explanation.
tl::unexpected<Error> CsvRows::refuse_at(std::size_t offset, std::string_view found,
                                         std::string_view expected) const {
  const auto control = std::find_if(text_.begin(), text_.end(), is_control);
  if (control == text_.end()) {
    return error_at(line_, offset,
                    "found " + std::string(found) + ", expected " + std::string(expected));
  }
  const auto at = static_cast<std::size_t>(control - text_.begin());
  const FeedState& feed = lines_->feed;
  if (*control == kMark && at + 1 == text_.size() && !feed.source->failure().empty()) {
    return error_at(line_, at, feed.source->failure());
  }
  if (*control == kMark && feed.saw_nul) {
    return error_at(line_, at, "found a NUL byte (binary data?), expected text");
  }
  return error_at(
      line_, at,
      "found control byte " + quoted_field(text_.substr(at, 1)) + " (binary data?), expected text");
}

tl::unexpected<Error> CsvRows::error_at(std::uint64_t line, std::size_t offset,
                                        std::string_view text) const {
  const bool after_mark = line == 1 && lines_->feed.first_bytes.starts_with(kByteOrderMark);
  const std::size_t column = offset + 1 + (after_mark ? kByteOrderMark.size() : 0);
  return bad_input(name_ + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
                   std::string(text));
}

std::uint64_t CsvRows::content_digest() const {
  return lines_->feed.digest.value();
}

std::string quoted_field(std::string_view text) {
  constexpr std::size_t kShown = 48;
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.empty()) {
    return "an empty field";
  }
  std::string quoted = "\"";
  for (const char byte : text.substr(0, kShown)) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x20 || code == 0x7f) {
      quoted += {'\\', 'x', kDigits[code >> 4], kDigits[code & 15]};
    } else {
      quoted += byte;
    }
  }
  return quoted + (text.size() > kShown ? "...\"" : "\"");
}

std::string name_list(std::span<const std::string_view> names) {
  std::string list;
  for (const std::string_view name : names) {
    list.append(list.empty() ? "" : ", ").append(name);
  }
  return list;
}

std::string suggestion(std::string_view name, std::span<const std::string_view> known) {
  // A name as long as a file is not a typing error (and the search is quadratic).
  const std::string_view near = name.size() > 64 ? "" : nearest_name(name, known);
  return near.empty() ? "" : " (did you mean " + std::string(near) + "?)";
}

}  // namespace lockstep
