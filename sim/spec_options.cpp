#include "sim/spec_options.h"

#include <algorithm>

#include "traces/csv_rows.h"

namespace lockstep {
namespace {

constexpr std::string_view kPartSeparator = " + ";

// The length of NAME in "NAME=...", or npos.
std::size_t option_name_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && text[length] >= 'a' && text[length] <= 'z') {
    ++length;
  }
  return length > 0 && length < text.size() && text[length] == '=' ? length
                                                                   : std::string_view::npos;
}

Result<SpecPart> split_part(const SpecPiece& piece) {
  const std::size_t colon = piece.text.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return refuse_piece(piece, "KIND:... such as poisson:1200/s");
  }
  SpecPart part;
  part.kind = {piece.text.substr(0, colon), piece.offset};
  // Where the current value began; the first one is MAIN.
  std::size_t begin = colon + 1;
  for (std::size_t at = begin; at <= piece.text.size(); ++at) {
    const bool is_end = at == piece.text.size();
    const std::size_t length = is_end || piece.text[at] != ','
                                   ? std::string_view::npos
                                   : option_name_length(piece.text.substr(at + 1));
    if (!is_end && length == std::string_view::npos) {
      continue;
    }
    const SpecPiece value{piece.text.substr(begin, at - begin), piece.offset + begin};
    (part.options.empty() ? part.main : part.options.back().value) = value;
    if (is_end) {
      break;
    }
    const SpecPiece name{piece.text.substr(at + 1, length), piece.offset + at + 1};
    if (part.find(name.text) != nullptr) {
      return refuse_spec(name.offset, "found option " + quoted_field(name.text) +
                                          " a second time, expected it once");
    }
    part.options.push_back({name, {}});
    begin = at + length + 2;
  }
  return part;
}

}  // namespace

tl::unexpected<Error> refuse_spec(std::size_t offset, const std::string& words) {
  return bad_input("arrivals:" + std::to_string(offset + 1) + ": " + words);
}

tl::unexpected<Error> refuse_piece(const SpecPiece& piece, std::string_view expected) {
  const std::string found = piece.text.empty() ? "nothing" : quoted_field(piece.text);
  return refuse_spec(piece.offset, "found " + found + ", expected " + std::string(expected));
}

const SpecOption* SpecPart::find(std::string_view name) const {
  const auto at = std::find_if(options.begin(), options.end(),
                               [&](const SpecOption& option) { return option.name.text == name; });
  return at == options.end() ? nullptr : &*at;
}

Result<SpecPiece> SpecPart::require(std::string_view name, std::string_view example) const {
  if (const SpecOption* const option = find(name); option != nullptr) {
    return option->value;
  }
  return refuse_spec(kind.offset, "found " + std::string(kind.text) + " without " +
                                      std::string(name) + ", expected one such as " +
                                      std::string(name) + "=" + std::string(example));
}

Result<std::vector<SpecPart>> split_spec(std::string_view text) {
  std::vector<SpecPart> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(kPartSeparator, begin), text.size());
    Result<SpecPart> part = split_part({text.substr(begin, end - begin), begin});
    if (!part) {
      return tl::unexpected(part.error());
    }
    parts.push_back(std::move(*part));
    if (end == text.size()) {
      break;
    }
    begin = end + kPartSeparator.size();
  }
  return parts;
}

}  // namespace lockstep
