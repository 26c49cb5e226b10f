#include "traces/civil_time.h"

#include <array>
#include <cstddef>

namespace lockstep {
namespace {

constexpr std::string_view kPattern = "dddd-dd-dd dd:dd:dd";
constexpr std::array<std::int64_t, 12> kDaysBeforeMonth = {0,   31,  59,  90,  120, 151,
                                                           181, 212, 243, 273, 304, 334};
constexpr std::array<std::int64_t, 12> kDaysInMonth = {31, 28, 31, 30, 31, 30,
                                                       31, 31, 30, 31, 30, 31};

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

// Requires: digits.
std::int64_t digits(std::string_view text, std::size_t begin, std::size_t count) {
  std::int64_t value = 0;
  for (std::size_t i = begin; i < begin + count; ++i) {
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool has_shape(std::string_view text) {
  if (text.size() < kPattern.size()) {
    return false;
  }
  for (std::size_t i = 0; i < kPattern.size(); ++i) {
    const bool between = kPattern[i] == ' ' && text[i] == 'T';
    if (kPattern[i] == 'd' ? !is_digit(text[i]) : text[i] != kPattern[i] && !between) {
      return false;
    }
  }
  return true;
}

// Takes the fraction at the front of `text`, if one is there.
std::string_view take_fraction(std::string_view& text, std::int64_t& nanos) {
  nanos = 0;
  if (!text.starts_with('.')) {
    return "";
  }
  std::size_t count = 0;
  while (count + 1 < text.size() && is_digit(text[count + 1])) {
    ++count;
  }
  if (count == 0) {
    return "a point stands before digits";
  }
  if (count > 9) {
    return "a fraction has at most 9 digits";
  }
  nanos = digits(text, 1, count);
  for (std::size_t i = count; i < 9; ++i) {
    nanos *= 10;
  }
  text.remove_prefix(count + 1);
  return "";
}

}  // namespace

bool is_leap_year(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  const std::int64_t days = kDaysInMonth.at(static_cast<std::size_t>(month - 1));
  return month == 2 && is_leap_year(year) ? days + 1 : days;
}

std::int64_t day_number(std::int64_t year, std::int64_t month, std::int64_t day) {
  const std::int64_t past = year - 1;
  const std::int64_t leap_days = past / 4 - past / 100 + past / 400;
  const std::int64_t this_year = kDaysBeforeMonth.at(static_cast<std::size_t>(month - 1)) +
                                 (month > 2 && is_leap_year(year) ? 1 : 0);
  return past * 365 + leap_days + this_year + day - 1;
}

std::string_view parse_civil_time(std::string_view text, CivilTime& out) {
  if (!has_shape(text)) {
    return "it has another shape";
  }
  const CivilFields fields = {.year = digits(text, 0, 4),
                              .month = digits(text, 5, 2),
                              .day = digits(text, 8, 2),
                              .hour = digits(text, 11, 2),
                              .minute = digits(text, 14, 2),
                              .second = digits(text, 17, 2)};
  out = CivilTime{};
  std::string_view problem = civil_seconds(fields, out);
  std::string_view rest = text.substr(kPattern.size());
  if (problem.empty()) {
    problem = take_fraction(rest, out.nanos);
  }
  if (!problem.empty() || rest.empty()) {
    return problem;
  }
  std::int64_t seconds_east = 0;
  if (rest != "Z" && !parse_zone(rest, seconds_east)) {
    return "nothing may follow the seconds but a fraction and a zone (Z, +HH:MM)";
  }
  out.has_zone = true;
  out.seconds -= seconds_east;
  return "";
}

std::string_view civil_seconds(const CivilFields& fields, CivilTime& out) {
  if (fields.year == 0) {
    return "there is no year 0";
  }
  if (fields.month < 1 || fields.month > 12) {
    return "there is no such month";
  }
  if (fields.day < 1 || fields.day > days_in_month(fields.year, fields.month)) {
    return "that month has no such day";
  }
  if (fields.hour > 23 || fields.minute > 59 || fields.second > 59) {
    return "a day ends at 23:59:59";
  }
  const std::int64_t days = day_number(fields.year, fields.month, fields.day);
  out.seconds = ((days * 24 + fields.hour) * 60 + fields.minute) * 60 + fields.second;
  return "";
}

bool parse_zone(std::string_view text, std::int64_t& seconds_east) {
  const bool colon = text.size() == 6 && text[3] == ':';
  if (!colon && text.size() != 5) {
    return false;
  }
  const std::size_t minutes_at = colon ? 4 : 3;
  for (const std::size_t at : {std::size_t{1}, std::size_t{2}, minutes_at, minutes_at + 1}) {
    if (!is_digit(text[at])) {
      return false;
    }
  }
  const std::int64_t hours = digits(text, 1, 2);
  const std::int64_t minutes = digits(text, minutes_at, 2);
  if ((text[0] != '+' && text[0] != '-') || hours > 23 || minutes > 59) {
    return false;
  }
  seconds_east = (hours * 60 + minutes) * 60 * (text[0] == '-' ? -1 : 1);
  return true;
}

}  // namespace lockstep
