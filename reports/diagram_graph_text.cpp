#include "reports/diagram_graph_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace lockstep {
namespace {

int hex_digit(char digit) {
  return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

// For text inside an HTML-like label.
std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char character : text) {
    switch (character) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\\':  // an escape sequence here too
        out += "\\\\";
        break;
      default:
        out += character;
    }
  }
  return out;
}

}  // namespace

std::string escaped(std::string_view text, bool lines) {
  std::string out;
  for (const char character : text) {
    switch (character) {
      case '&':
        out += "&amp;";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += lines ? "&#10;" : " ";
        break;
      default:
        out += character;
    }
  }
  return out;
}

std::string inches(int points) {
  const std::int64_t millionths = (std::int64_t{points} * 1'000'000 + 36) / 72;
  return fmt::format("{}.{:06}", millionths / 1'000'000, millionths % 1'000'000);
}

std::string halves(int twice) {
  return fmt::format("{}{}", twice / 2, twice % 2 == 0 ? "" : ".5");
}

std::string tenths(int value) {
  return fmt::format("{}.{}", value / 10, value % 10);
}

std::string shown(const DiagramScene& scene, std::string_view colour, bool vivid) {
  std::array<int, 3> channels{};
  for (std::size_t i = 0; i < 3; ++i) {
    channels[i] = hex_digit(colour[1 + 2 * i]) * 16 + hex_digit(colour[2 + 2 * i]);
    if (scene.faded && !vivid) {
      channels[i] = (channels[i] * 40 + 255 * 60 + 50) / 100;
    }
  }
  if (scene.grey) {
    channels.fill((channels[0] * 299 + channels[1] * 587 + channels[2] * 114 + 500) / 1000);
  }
  return fmt::format("#{:02X}{:02X}{:02X}{}", channels[0], channels[1], channels[2],
                     colour.substr(7));
}

std::string stripes(const std::string& colour, int width) {
  std::string text = colour;
  for (int i = 1; i < std::clamp(width / 3, 2, 400); ++i) {
    text += ":" + (i % 2 == 0 ? colour : std::string("#FFFFFF"));
  }
  return text;
}

std::string card_html(const Card& card) {
  std::size_t lines = 0;
  for (const CardColumn& column : card.columns) {
    lines = std::max(lines, column.lines.size());
  }
  std::string html = R"(<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">)";
  for (std::size_t line = 0; line <= lines; ++line) {
    html += "<TR>";
    for (const CardColumn& column : card.columns) {
      const bool heading = line == 0;
      const std::string_view text = heading                          ? column.heading
                                    : line - 1 < column.lines.size() ? column.lines[line - 1]
                                                                     : std::string_view();
      const std::string escaped = text.empty() ? "&#160;" : html_escaped(text);
      html += fmt::format(R"(<TD FIXEDSIZE="TRUE" WIDTH="{}" HEIGHT="{}" ALIGN="LEFT">{}{}{}</TD>)",
                          column.width, kCardLine, heading ? "<B>" : "", escaped,
                          heading ? "</B>" : "");
    }
    html += "</TR>";
  }
  return html + "</TABLE>";
}

}  // namespace lockstep
