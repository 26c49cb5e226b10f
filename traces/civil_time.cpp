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
    if (kPattern[i] == 'd' ? !is_digit(text[i]) : text[i] != kPattern[i]) {
      return false;
    }
  }
  return true;
}

std::string_view parse_fraction(std::string_view text, std::int64_t& nanos) {
  nanos = 0;
  if (text.empty()) {
    return "";
  }
  const std::string_view figures = text.substr(1);
  for (const char byte : figures) {
    if (!is_digit(byte)) {
      return "nothing may follow the seconds but a fraction (no time zone)";
    }
  }
  if (text[0] != '.' || figures.empty()) {
    return "nothing may follow the seconds but a fraction (no time zone)";
  }
  if (figures.size() > 9) {
    return "a fraction has at most 9 digits";
  }
  nanos = digits(figures, 0, figures.size());
  for (std::size_t i = figures.size(); i < 9; ++i) {
    nanos *= 10;
  }
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
  const std::int64_t year = digits(text, 0, 4);
  const std::int64_t month = digits(text, 5, 2);
  const std::int64_t day = digits(text, 8, 2);
  const std::int64_t hour = digits(text, 11, 2);
  const std::int64_t minute = digits(text, 14, 2);
  const std::int64_t second = digits(text, 17, 2);
  if (year == 0) {
    return "there is no year 0";
  }
  if (month < 1 || month > 12) {
    return "there is no such month";
  }
  if (day < 1 || day > days_in_month(year, month)) {
    return "that month has no such day";
  }
  if (hour > 23 || minute > 59 || second > 59) {
    return "a day ends at 23:59:59";
  }
  out.seconds = ((day_number(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
  return parse_fraction(text.substr(kPattern.size()), out.nanos);
}

}  // namespace lockstep
