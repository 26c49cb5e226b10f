// The members column of a journal: [p]FIRST[-LAST][+FIRST_ROW]:ROWS, items separated by spaces.
#include <charconv>

#include "core/limits.h"
#include "traces/journal_csv.h"

namespace lockstep {
namespace {

struct Cursor {
  std::string_view text;
  std::size_t at = 0;

  [[nodiscard]] bool skip(char byte) {
    const bool there = at < text.size() && text[at] == byte;
    at += there ? 1 : 0;
    return there;
  }

  // Digits, at most `max`. On failure the cursor stays at the number's first byte.
  [[nodiscard]] bool number(std::uint64_t max, std::uint64_t& value) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    if (error != std::errc{} || value > max) {
      return false;
    }
    at = static_cast<std::size_t>(stop - text.data());
    return true;
  }
};

struct Item {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t first_row = 0;
  std::uint64_t rows = 0;
  bool padding = false;
};

// False: the cursor stands at the byte that does not belong there.
bool parse_item(Cursor& cursor, Item& item) {
  item.padding = cursor.skip('p');
  if (!cursor.number(UINT64_MAX, item.first)) {
    return false;
  }
  item.last = item.first;
  if (cursor.skip('-')) {
    const std::size_t at = cursor.at;
    if (!cursor.number(UINT64_MAX, item.last) || item.last <= item.first) {
      cursor.at = at;
      return false;
    }
  }
  if (cursor.skip('+') && !cursor.number(kMaxRequestRows, item.first_row)) {
    return false;
  }
  return cursor.skip(':') && cursor.number(kMaxRequestRows, item.rows);
}

}  // namespace

std::optional<std::size_t> parse_members(std::string_view text, std::vector<JournalMember>& out) {
  out.clear();
  Cursor cursor{.text = text};
  while (cursor.at < text.size()) {
    if (!out.empty() && !cursor.skip(' ')) {
      return cursor.at;
    }
    const std::size_t begin = cursor.at;
    Item item;
    if (!parse_item(cursor, item)) {
      return cursor.at;
    }
    // A batch holds at most kMaxBatchRows pieces: a range beyond that is an error, not memory.
    if (item.last - item.first >= kMaxBatchRows - out.size()) {
      return begin;
    }
    for (std::uint64_t i = 0; i <= item.last - item.first; ++i) {
      out.push_back(JournalMember{.request = RequestId{item.first + i},
                                  .first_row = static_cast<std::uint32_t>(item.first_row),
                                  .rows = static_cast<std::uint32_t>(item.rows),
                                  .padding = item.padding});
    }
  }
  return std::nullopt;
}

}  // namespace lockstep
