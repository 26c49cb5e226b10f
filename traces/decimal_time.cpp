#include "traces/decimal_time.h"

#include <charconv>
#include <string>

namespace lockstep {
namespace {

constexpr std::string_view kNoNumber = "it is no decimal number";
constexpr std::string_view kTooLarge = "it is too large";

bool is_figure(char byte) {
  return byte >= '0' && byte <= '9';
}

// Takes the figures at the front of `text`.
std::string_view take_figures(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_figure(text[count])) {
    ++count;
  }
  const std::string_view figures = text.substr(0, count);
  text.remove_prefix(count);
  return figures;
}

// `text` is what stands behind the figures: nothing or an exponent.
bool take_exponent(std::string_view text, int& exponent) {
  exponent = 0;
  if (text.empty()) {
    return true;
  }
  if (text.front() != 'e' && text.front() != 'E') {
    return false;
  }
  text.remove_prefix(1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  if (text.empty() || text.size() > 3 || !is_figure(text.front())) {
    return false;
  }
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  exponent = negative ? -exponent : exponent;
  return error == std::errc{} && stop == text.data() + text.size();
}

// The figure at `place` of whole.fraction without its point; 0 outside.
int figure_at(std::string_view whole, std::string_view fraction, std::int64_t place) {
  const auto whole_size = static_cast<std::int64_t>(whole.size());
  if (place < 0 || place >= whole_size + static_cast<std::int64_t>(fraction.size())) {
    return 0;
  }
  const char byte = place < whole_size ? whole[static_cast<std::size_t>(place)]
                                       : fraction[static_cast<std::size_t>(place - whole_size)];
  return byte - '0';
}

}  // namespace

std::optional<DecimalUnit> decimal_unit(std::string_view name) {
  if (name == "ns") {
    return DecimalUnit::kNanosecond;
  }
  if (name == "us") {
    return DecimalUnit::kMicrosecond;
  }
  if (name == "ms") {
    return DecimalUnit::kMillisecond;
  }
  return name == "s" ? std::optional(DecimalUnit::kSecond) : std::nullopt;
}

std::string_view parse_decimal_time(std::string_view text, DecimalUnit unit, DecimalUnit step,
                                    std::int64_t& ns) {
  std::string_view rest = text;
  std::string_view whole = take_figures(rest);
  std::string_view fraction;
  if (!whole.empty() && rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_figures(rest);
    if (fraction.empty()) {
      return kNoNumber;
    }
  }
  int exponent = 0;
  if (whole.empty() || !take_exponent(rest, exponent)) {
    return kNoNumber;
  }
  // The result in steps is the figures before this place, rounded by the figure at it.
  const std::int64_t point = static_cast<std::int64_t>(whole.size()) + exponent +
                             static_cast<int>(unit) - static_cast<int>(step);
  std::int64_t steps = 0;
  constexpr std::int64_t kMost = INT64_MAX / 10 - 1;
  for (std::int64_t place = 0; place < point; ++place) {
    if (steps > kMost) {
      return kTooLarge;
    }
    steps = steps * 10 + figure_at(whole, fraction, place);
  }
  steps += figure_at(whole, fraction, point) >= 5 ? 1 : 0;
  for (int i = 0; i < static_cast<int>(step); ++i) {
    if (steps > kMost) {
      return kTooLarge;
    }
    steps *= 10;
  }
  ns = steps;
  return "";
}

}  // namespace lockstep
