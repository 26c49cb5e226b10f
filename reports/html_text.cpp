#include "reports/html_text.h"

#include <array>

#include <fmt/format.h>

#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::size_t kLongestOutside = 400;

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string outside_html(std::string_view text) {
  return escape_html(displayable(text, kLongestOutside));
}

std::string json_text(std::string_view text) {
  std::string json = "\"";
  for (const char c : displayable(text, kLongestOutside)) {
    if (c == '<' || c == '>' || c == '&' || c == '"' || c == '\\') {
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      json += c;
    }
  }
  return json + "\"";
}

std::string grouped_digits(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t place = text.size(); place > 3;) {
    place -= 3;
    text.insert(place, ",");
  }
  return text;
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) {
    return "0\u00a0%";
  }
  if (part >= whole) {
    return part == whole ? "100\u00a0%" : ratio_text(part, whole, 1) + " times";
  }
  __extension__ using Wide = unsigned __int128;
  const auto hundred_thousandths =
      static_cast<std::uint64_t>((Wide{part} * 100'000 + whole / 2) / whole);
  if (hundred_thousandths == 0) {
    return "<\u00a00.001\u00a0%";
  }
  if (hundred_thousandths < 1'000) {
    return ratio_text(hundred_thousandths, 1'000, hundred_thousandths < 100 ? 3 : 2) + "\u00a0%";
  }
  if (hundred_thousandths >= 99'950) {
    return hundred_thousandths >= 100'000 ? ">\u00a099.999\u00a0%"
                                          : ratio_text(hundred_thousandths, 1'000, 3) + "\u00a0%";
  }
  return ratio_text(hundred_thousandths, 1'000, 1) + "\u00a0%";
}

std::string_view cause_clause(LatencyCause cause) {
  static constexpr std::array<std::string_view, kLatencyCauseCount> kClauses = {
      "held back, before their batches were opened",
      "waiting for their batches to be due",
      "in batches that were due and waited for a lane",
      "in batches that filled on their lanes",
      "in batches that waited for the GPU",
      "being copied to the GPU",
      "being computed",
      "being copied back",
      "on the GPU",
      "waiting for an answer after their batches were done",
      "in no batch"};
  return kClauses[static_cast<std::size_t>(cause)];
}

}  // namespace lockstep
