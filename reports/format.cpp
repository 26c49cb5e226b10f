#include "reports/format.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"

namespace lockstep {
namespace {

__extension__ using Int128 = __int128;

constexpr std::array<TimeUnit, 4> kUnits = {TimeUnit::kNanoseconds, TimeUnit::kMicroseconds,
                                            TimeUnit::kMilliseconds, TimeUnit::kSeconds};

std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  for (int i = 0; i < exponent; ++i) {
    power *= 10;
  }
  return power;
}

// numerator / denominator, half up, both at least 0.
std::string decimal(Int128 numerator, Int128 denominator, int decimals) {
  const Int128 power = power_of_ten(decimals);
  const Int128 rounded = (numerator * power * 2 + denominator) / (denominator * 2);
  const auto whole = static_cast<std::int64_t>(rounded / power);
  if (decimals == 0) {
    return fmt::format("{}", whole);
  }
  return fmt::format("{}.{:0{}}", whole, static_cast<std::int64_t>(rounded % power), decimals);
}

// Length in bytes of the UTF-8 character at the start of `text`; 0 when it is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  std::size_t length = 1;
  if (first >= 0x80) {
    length = first >= 0xc2 && first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) {
      return 0;
    }
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0u) != 0x80u) {
      return 0;
    }
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool beyond = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (first < 0x20 || first == 0x7f) {
    return true;
  }
  return first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
}

}  // namespace

std::int64_t unit_ns(TimeUnit unit) {
  constexpr std::array<std::int64_t, 4> kNanoseconds = {1, 1'000, 1'000'000, 1'000'000'000};
  return kNanoseconds.at(static_cast<std::size_t>(unit));
}

std::string_view unit_name(TimeUnit unit) {
  constexpr std::array<std::string_view, 4> kNames = {"ns", "us", "ms", "s"};
  return kNames.at(static_cast<std::size_t>(unit));
}

TimeUnit unit_for(SimDuration span) {
  TimeUnit best = TimeUnit::kNanoseconds;
  for (const TimeUnit unit : kUnits) {
    if (span.count() >= unit_ns(unit)) {
      best = unit;
    }
  }
  return best;
}

std::string time_in(SimDuration span, TimeUnit unit, int decimals) {
  LOCKSTEP_CHECK(span.count() >= 0);
  LOCKSTEP_CHECK(decimals >= 0 && decimals <= 9);
  return decimal(span.count(), unit_ns(unit), decimals);
}

std::string short_time(SimDuration span) {
  for (const TimeUnit unit : kUnits) {
    const bool last = unit == TimeUnit::kSeconds;
    const std::int64_t one = unit_ns(unit);
    // 999.5 of a unit would round to 1000: that is 1.00 of the next.
    if (!last && span.count() * 2 >= one * 1999) {
      continue;
    }
    int decimals = 0;
    if (one > 1) {
      const Int128 hundredths = Int128{span.count()} * 1000;
      decimals = hundredths < Int128{one} * 9'995 ? 2 : hundredths < Int128{one} * 99'950 ? 1 : 0;
    }
    return fmt::format("{} {}", time_in(span, unit, decimals), unit_name(unit));
  }
  std::abort();  // unreachable: seconds always return
}

std::string exact_time(SimDuration span) {
  const TimeUnit unit = unit_for(span);
  const int digits = 3 * static_cast<int>(unit);
  std::string text = time_in(span, unit, digits);
  if (digits > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') {
      text.pop_back();
    }
  }
  return fmt::format("{} {}", text, unit_name(unit));
}

std::string ratio_text(std::uint64_t numerator, std::uint64_t denominator, int decimals) {
  return denominator == 0 ? decimal(0, 1, decimals) : decimal(numerator, denominator, decimals);
}

std::string displayable(std::string_view text, std::size_t longest) {
  LOCKSTEP_CHECK(longest >= 2);
  std::string out;
  std::size_t count = 0;
  std::size_t cut = 0;  // bytes of `out` that leave room for ".."
  while (!text.empty()) {
    std::size_t length = character_length(text);
    const bool good = length > 0 && !is_control(text.substr(0, length));
    if (count == longest - 2) {
      cut = out.size();
    }
    if (count == longest) {
      out.resize(cut);
      return out + "..";
    }
    length = length == 0 ? 1 : length;
    out += good ? text.substr(0, length) : std::string_view("?");
    ++count;
    text.remove_prefix(length);
  }
  return out;
}

std::int64_t scaled(std::int64_t value, std::int64_t numerator, std::int64_t denominator) {
  LOCKSTEP_CHECK(denominator > 0);
  const Int128 product = Int128{value} * numerator * 2 + denominator;
  const Int128 divisor = Int128{denominator} * 2;
  const Int128 quotient = product / divisor;
  const bool below = product < 0 && quotient * divisor != product;  // rounds towards minus infinity
  return static_cast<std::int64_t>(below ? quotient - 1 : quotient);
}

}  // namespace lockstep
