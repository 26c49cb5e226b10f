#include "core/time.h"

#include <array>
#include <charconv>

#include "core/limits.h"

namespace lockstep {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
// Largest first: the order of the text form.
constexpr std::array<Unit, 6> kUnits = {
    Unit{"h", 3'600'000'000'000}, Unit{"min", 60'000'000'000}, Unit{"s", 1'000'000'000},
    Unit{"ms", 1'000'000},        Unit{"us", 1'000},           Unit{"ns", 1}};

tl::unexpected<Error> not_a_duration(std::string_view text, std::string_view why) {
  return bad_input("found '" + std::string(text) + "', expected a time with a unit such as 5ms, " +
                   "1.5us or 1s200us (units ns, us, ms, s, min, h)" + std::string(why));
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

// Reads digits of a fraction as ns; nullopt-like -1 when it is not a whole number of ns.
std::int64_t fraction_ns(std::string_view digits, std::int64_t unit_ns) {
  std::int64_t result = 0;
  std::int64_t place = unit_ns;
  for (const char digit : digits) {
    if (place % 10 != 0) {
      if (digit != '0') {
        return -1;
      }
      continue;
    }
    place /= 10;
    result += place * (digit - '0');
  }
  return result;
}

// Takes one "12.5ms" off the front of `rest`. Returns its ns, or an error about `text`.
Result<std::int64_t> take_term(std::string_view text, std::string_view& rest) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), whole);
  if (error != std::errc{} || whole < 0 || !is_digit(rest.front())) {
    return not_a_duration(text, "");
  }
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  std::string_view fraction;
  if (!rest.empty() && rest.front() == '.') {
    std::size_t length = 1;
    while (length < rest.size() && is_digit(rest[length])) {
      ++length;
    }
    fraction = rest.substr(1, length - 1);
    rest.remove_prefix(length);
    if (fraction.empty()) {
      return not_a_duration(text, "");
    }
  }
  std::size_t length = 0;
  while (length < rest.size() && rest[length] >= 'a' && rest[length] <= 'z') {
    ++length;
  }
  for (const Unit& unit : kUnits) {
    if (unit.name != rest.substr(0, length)) {
      continue;
    }
    rest.remove_prefix(length);
    const std::int64_t part = fraction_ns(fraction, unit.ns);
    if (part < 0) {
      return not_a_duration(text, "; it must be a whole number of nanoseconds");
    }
    if (whole > kMaxTimeNs / unit.ns) {
      return not_a_duration(text, "; the longest time is 36 years");
    }
    return whole * unit.ns + part;
  }
  return not_a_duration(text, "");
}

}  // namespace

std::string to_text(SimDuration span) {
  if (span.count() == 0) {
    return "0ns";
  }
  std::string text = span.count() < 0 ? "-" : "";
  // Negated as unsigned: the most negative span has no positive counterpart.
  std::uint64_t rest = static_cast<std::uint64_t>(span.count());
  rest = span.count() < 0 ? 0 - rest : rest;
  for (const Unit& unit : kUnits) {
    const std::uint64_t count = rest / static_cast<std::uint64_t>(unit.ns);
    if (count != 0) {
      text += std::to_string(count) + std::string(unit.name);
      rest %= static_cast<std::uint64_t>(unit.ns);
    }
  }
  return text;
}

std::string to_decimal_text(SimDuration span) {
  const std::int64_t ns = span.count();
  for (const Unit& unit : kUnits) {
    // Hours and minutes have no decimal fractions.
    if (unit.ns > 1'000'000'000 || ns < unit.ns) {
      continue;
    }
    std::string text = std::to_string(ns / unit.ns);
    if (ns % unit.ns != 0) {
      std::string fraction = std::to_string(unit.ns + ns % unit.ns).substr(1);
      fraction.erase(fraction.find_last_not_of('0') + 1);
      text += "." + fraction;
    }
    return text + std::string(unit.name);
  }
  return to_text(span);
}

Result<SimDuration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  std::int64_t total = 0;
  if (text.empty()) {
    return not_a_duration(text, "");
  }
  while (!rest.empty()) {
    const Result<std::int64_t> term = take_term(text, rest);
    if (!term) {
      return tl::unexpected(term.error());
    }
    total += *term;
    if (total > kMaxTimeNs) {
      return not_a_duration(text, "; the longest time is 36 years");
    }
  }
  return SimDuration{total};
}

}  // namespace lockstep
