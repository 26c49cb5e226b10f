#include "traces/text_lines.h"

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
constexpr std::string_view kTextMark = "\xef\xbb\xbf";

bool is_control_byte(char byte) {
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
  bool failed = false;
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
      state_->failed = true;
      state_->tail = {kMark, '\n'};
    } else if (state_->last != '\n') {
      state_->tail = "\n";
    }
  }

  FeedState* state_;
};

}  // namespace

struct TextLines::Lines {
  explicit Lines(std::unique_ptr<ByteSource> source)
      : feed{.source = std::move(source), .digest = {}, .first_bytes = {}, .tail = {}},
        reader("", std::make_unique<Feed>(&feed)) {}

  FeedState feed;
  io::LineReader reader;
};

TextLines::TextLines(std::string name, std::unique_ptr<Lines> lines)
    : name_(std::move(name)), lines_(std::move(lines)) {}
TextLines::~TextLines() = default;

Result<std::unique_ptr<TextLines>> TextLines::open(std::string name,
                                                   std::unique_ptr<ByteSource> source) {
  std::unique_ptr<TextLines> lines(
      new TextLines(std::move(name), std::make_unique<Lines>(std::move(source))));
  const std::string foreign = foreign_content(lines->lines_->feed.first_bytes);
  if (!foreign.empty()) {
    return lines->error_at(1, 0, foreign);
  }
  return lines;
}

bool TextLines::is_empty() const {
  return lines_->feed.first_bytes.empty();
}

Result<bool> TextLines::next() {
  if (again_) [[unlikely]] {
    again_ = false;
    return true;
  }
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
  if (lines_->feed.failed && text_.ends_with(kMark)) [[unlikely]] {
    return error_at(line_, text_.size() - 1, lines_->feed.source->failure());
  }
  return true;
}

Result<void> TextLines::require_text() const {
  if (std::any_of(text_.begin(), text_.end(), is_control_byte)) {
    return refuse_at(0, "control bytes", "text");
  }
  return {};
}

// All errors of a line come through here. A control byte in it is the better explanation.
tl::unexpected<Error> TextLines::refuse_at(std::size_t offset, std::string_view found,
                                           std::string_view expected) const {
  const auto control = std::find_if(text_.begin(), text_.end(), is_control_byte);
  if (control == text_.end()) {
    return error_at(line_, offset,
                    "found " + std::string(found) + ", expected " + std::string(expected));
  }
  const auto at = static_cast<std::size_t>(control - text_.begin());
  if (*control == kMark && lines_->feed.saw_nul) {
    return error_at(line_, at, "found a NUL byte (binary data?), expected text");
  }
  return error_at(
      line_, at,
      "found control byte " + quoted_field(text_.substr(at, 1)) + " (binary data?), expected text");
}

tl::unexpected<Error> TextLines::error_at(std::uint64_t line, std::size_t offset,
                                          std::string_view text) const {
  const bool after_mark = line == 1 && lines_->feed.first_bytes.starts_with(kTextMark);
  const std::size_t column = offset + 1 + (after_mark ? kTextMark.size() : 0);
  return bad_input(name_ + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
                   std::string(text));
}

std::uint64_t TextLines::content_digest() const {
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
