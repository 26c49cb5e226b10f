#include "traces/config_bytes.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/limits.h"
#include "traces/byte_source.h"
#include "traces/content_sniff.h"

namespace lockstep {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_control(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return (code < 0x20 && byte != '\t' && byte != '\n' && byte != '\r' && byte != '\v' &&
          byte != '\f') ||
         code == 0x7f;
}

// The length of the well-formed UTF-8 sequence at the front of `text`; 0: ill-formed.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t index) {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0u;
  };
  const unsigned first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  // The second byte's range depends on the first: no overlong form, no surrogate, none too large.
  const unsigned low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (first < 0xc2 || first > 0xf4 || byte(1) < low || byte(1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xc0u) != 0x80u) {
      return 0;
    }
  }
  return length;
}

std::string hexadecimal(char byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto code = static_cast<unsigned char>(byte);
  return {'\\', 'x', kDigits[code >> 4], kDigits[code & 15]};
}

enum class Inside : std::uint8_t { kNothing, kComment, kText };

// Refuses the first byte that no text file has. Comments may hold any 8-bit text.
Result<void> check_bytes(const ConfigBytes& bytes) {
  const std::string_view text = bytes.text();
  Inside inside = Inside::kNothing;
  char quote = '"';
  for (std::size_t at = 0; at < text.size();) {
    const char byte = text[at];
    if (is_control(byte)) {
      return refuse_at(bytes.at(at), "found byte " + hexadecimal(byte) + ", expected text");
    }
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0 && inside != Inside::kComment) {
      return refuse_at(bytes.at(at), "found byte " + hexadecimal(byte) + ", expected UTF-8 text");
    }
    if (byte == '\n' || (inside == Inside::kText && byte == quote)) {
      inside = Inside::kNothing;
    } else if (inside == Inside::kNothing && byte == '#') {
      inside = Inside::kComment;
    } else if (inside == Inside::kNothing && (byte == '"' || byte == '\'')) {
      inside = Inside::kText;
      quote = byte;
    } else if (inside == Inside::kText && byte == '\\') {
      // What it escapes closes nothing.
      const bool pair = at + 1 < text.size() && (text[at + 1] == quote || text[at + 1] == '\\');
      at += pair ? 1u : 0u;
    }
    at += std::max<std::size_t>(length, 1);
  }
  return {};
}

Result<std::string> read_all(const std::string& path) {
  Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  constexpr std::size_t kBlock = std::size_t{64} * 1024;
  std::string bytes;
  for (std::size_t count = kBlock; count == kBlock && bytes.size() <= kMaxConfigBytes;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + kBlock);
    count = (*source)->read(std::span<char>(bytes).subspan(before));
    bytes.resize(before + count);
  }
  if (!(*source)->failure().empty()) {
    return io_error(path + ": " + (*source)->failure());
  }
  return bytes;
}

}  // namespace

Result<ConfigBytes> ConfigBytes::open(const std::string& path) {
  Result<std::string> bytes = read_all(path);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  return from(path, std::move(*bytes));
}

Result<ConfigBytes> ConfigBytes::from(std::string name, std::string bytes) {
  const ConfigPlace begin{name, 1, 1};
  if (bytes.empty()) {
    return refuse_at(begin, "found an empty file, expected at least one field");
  }
  if (bytes.size() > kMaxConfigBytes) {
    return refuse_at(begin, "found more than " + std::to_string(kMaxConfigBytes) +
                                " bytes, expected a configuration file");
  }
  if (const std::string foreign = foreign_content(bytes); !foreign.empty()) {
    return refuse_at(begin, foreign);
  }
  const bool mark = bytes.starts_with(kByteOrderMark);
  ConfigBytes text(std::move(name), mark ? bytes.substr(kByteOrderMark.size()) : std::move(bytes),
                   mark);
  if (Result<void> checked = check_bytes(text); !checked) {
    return tl::unexpected(checked.error());
  }
  return text;
}

bool ConfigBytes::looks_like_json() const {
  const std::size_t first = text_.find_first_not_of(" \t\r\n\v\f");
  return first != std::string::npos && text_[first] == '{';
}

ConfigBytes::ConfigBytes(std::string name, std::string text, bool mark)
    : name_(std::move(name)), text_(std::move(text)), mark_(mark), lines_({0}) {
  for (std::size_t at = 0; at < text_.size(); ++at) {
    if (text_[at] == '\n') {
      lines_.push_back(at + 1);
    } else if (text_[at] == '\t') {
      tabs_.push_back(at);
    }
  }
}

ConfigPlace ConfigBytes::at(std::size_t offset) const {
  const auto behind = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const auto line = static_cast<std::size_t>(behind - lines_.begin());
  const std::size_t mark = mark_ && line == 1 ? kByteOrderMark.size() : 0;
  return {name_, static_cast<std::uint32_t>(line),
          static_cast<std::uint32_t>(offset - lines_[line - 1] + mark + 1)};
}

std::size_t ConfigBytes::offset_of(int line, int column) const {
  constexpr std::size_t kTabWidth = 8;
  const auto index = static_cast<std::size_t>(line);
  if (line < 0 || column < 0 || index >= lines_.size()) {
    return text_.size();
  }
  const std::size_t end = index + 1 < lines_.size() ? lines_[index + 1] - 1 : text_.size();
  const auto wanted = static_cast<std::size_t>(column);
  std::size_t offset = lines_[index];
  std::size_t reached = 0;  // the column of `offset`
  for (auto tab = std::lower_bound(tabs_.begin(), tabs_.end(), offset);
       tab != tabs_.end() && *tab < end && reached + (*tab - offset) < wanted; ++tab) {
    reached += *tab - offset;
    reached += kTabWidth - reached % kTabWidth;
    offset = *tab + 1;
  }
  return std::min(offset + (wanted > reached ? wanted - reached : 0), end);
}

std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 48;
  std::string quoted = "'";
  std::size_t at = 0;
  while (at < text.size() && at < kShown) {
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0 || is_control(text[at]) || text[at] == '\n' || text[at] == '\r') {
      quoted += hexadecimal(text[at]);
      ++at;
    } else {
      quoted += text.substr(at, length);
      at += length;
    }
  }
  return quoted + (at < text.size() ? "...'" : "'");
}

}  // namespace lockstep
