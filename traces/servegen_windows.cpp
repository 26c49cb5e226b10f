#include "traces/servegen_windows.h"

#include <array>
#include <charconv>
#include <filesystem>
#include <memory>

#include "core/limits.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

enum Column : std::size_t { kStart, kRate, kCv, kFamily, kShape, kScale };
constexpr std::array<std::string_view, 6> kWindowColumns = {"window start", "rate",  "cv",
                                                            "family",       "shape", "scale"};

constexpr std::uint64_t kWeibullShapeMin = 50'000;
constexpr std::uint64_t kWeibullShapeMax = 1'000'000'000;
constexpr std::uint64_t kGammaShapeMax = 10'000'000'000;

Result<std::uint64_t> decimal_of(const CsvRows& rows, Column column) {
  const std::optional<std::uint64_t> value = parse_decimal_nano(rows.field(column));
  if (!value) {
    return rows.refuse(
        column, std::string(kWindowColumns[column]) + " as a decimal number from 0 to below 10^9");
  }
  return *value;
}

Result<void> take_family(const CsvRows& rows, ServegenWindow& window) {
  const std::string_view family = rows.field(kFamily);
  if (family.empty()) {
    return window.rate_nano == 0
               ? Result<void>{}
               : rows.refuse(kFamily, "Gamma or Weibull: the window has requests");
  }
  if (family != "Gamma" && family != "Weibull") {
    return rows.refuse(kFamily, "Gamma, Weibull, or nothing");
  }
  const bool is_gamma = family == "Gamma";
  window.family = is_gamma ? GapFamily::kGamma : GapFamily::kWeibull;
  if (window.cv_millionths > kCvMillionthsMax) {
    return rows.refuse(kCv, "cv of at most 10000");
  }
  if (window.cv_millionths < kCvMillionthsMin) {
    window.family = GapFamily::kConstant;
  }
  const std::uint64_t least = is_gamma ? 1 : kWeibullShapeMin;
  const std::uint64_t most = is_gamma ? kGammaShapeMax : kWeibullShapeMax;
  if (window.shape_millionths < least || window.shape_millionths > most) {
    return rows.refuse(kShape, is_gamma ? "shape of a Gamma from 0.000001 to 10000"
                                        : "shape of a Weibull from 0.05 to 1000");
  }
  return {};
}

Result<ServegenWindow> take_window(const CsvRows& rows) {
  std::array<std::uint64_t, 6> values{};
  for (const Column column : {kStart, kRate, kCv, kShape, kScale}) {
    const Result<std::uint64_t> value = decimal_of(rows, column);
    if (!value) {
      return tl::unexpected(value.error());
    }
    values[column] = *value;
  }
  ServegenWindow window;
  window.start_ns = static_cast<std::int64_t>(values[kStart]);
  window.rate_nano = values[kRate];
  window.cv_millionths = (values[kCv] + 500) / 1000;
  window.shape_millionths = (values[kShape] + 500) / 1000;
  if (Result<void> taken = take_family(rows, window); !taken) {
    return tl::unexpected(taken.error());
  }
  return window;
}

}  // namespace

std::uint64_t ServegenWindow::request_count() const {
  __extension__ using Wide = unsigned __int128;
  constexpr Wide kUnit = static_cast<Wide>(1'000'000'000) * 1'000'000'000;
  return static_cast<std::uint64_t>(
      (static_cast<Wide>(rate_nano) * static_cast<std::uint64_t>(length_ns) + kUnit / 2) / kUnit);
}

std::optional<std::uint64_t> parse_decimal_nano(std::string_view text) {
  // Digits beyond the nineteenth cannot matter: the rest is below 10^9 and rounded to 10^-9.
  std::uint64_t digits = 0;
  int places = 0;  // of `digits`, behind the point
  std::size_t at = 0;
  std::size_t digit_count = 0;
  bool after_point = false;
  for (; at < text.size() && text[at] != 'e'; ++at) {
    if (text[at] == '.' && !after_point && digit_count > 0) {
      after_point = true;
      continue;
    }
    if (text[at] < '0' || text[at] > '9') {
      return std::nullopt;
    }
    ++digit_count;
    if (digits < 1'000'000'000'000'000'000) {
      digits = digits * 10 + static_cast<std::uint64_t>(text[at] - '0');
      places += after_point ? 1 : 0;
    } else if (!after_point) {
      return std::nullopt;  // 10^19 and more
    }
  }
  if (digit_count == 0 || text[at - 1] == '.') {
    return std::nullopt;
  }
  int exponent = 0;
  if (at < text.size()) {
    const bool has_plus = at + 1 < text.size() && text[at + 1] == '+';
    const char* const end = text.data() + text.size();
    const auto [stop, error] =
        std::from_chars(text.data() + at + (has_plus ? 2 : 1), end, exponent);
    if (error != std::errc{} || stop != end || exponent > 9 || exponent < -400) {
      return std::nullopt;
    }
  }
  constexpr std::uint64_t kMost = 1'000'000'000'000'000'000;
  int power = 9 + exponent - places;
  for (; power > 0 && digits > 0; --power) {
    if (digits > kMost / 10) {
      return std::nullopt;
    }
    digits *= 10;
  }
  std::uint64_t last = 0;  // the digit that rounding looks at
  for (; power < 0 && (digits > 0 || last > 0); ++power) {
    last = digits % 10;
    digits /= 10;
  }
  digits += last >= 5 ? 1 : 0;
  return digits < kMost ? std::optional(digits) : std::nullopt;
}

Result<ServegenFile> read_servegen_windows(const std::string& path) {
  Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  Result<std::unique_ptr<CsvRows>> opened =
      CsvRows::open_without_header(path, std::move(*source), kWindowColumns);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  CsvRows& rows = **opened;
  ServegenFile file;
  while (true) {
    const Result<bool> more = rows.next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      break;
    }
    Result<ServegenWindow> window = take_window(rows);
    if (!window) {
      return tl::unexpected(window.error());
    }
    if (!file.windows.empty()) {
      ServegenWindow& before = file.windows.back();
      before.length_ns = window->start_ns - before.start_ns;
      if (before.length_ns <= 0) {
        return rows.refuse(kStart, "a window start later than the one before");
      }
    }
    if (file.windows.size() == kMaxServegenWindows) {
      return rows.refuse_line("more than 1,000,000 windows", "fewer");
    }
    file.windows.push_back(*window);
  }
  if (file.windows.empty()) {
    return bad_input(path + ":1:1: found an empty file, expected windows");
  }
  if (file.windows.size() < 2) {
    return rows.refuse_line("fewer than two windows",
                            "more: a window ends where the next one begins");
  }
  file.windows.back().length_ns = file.windows[file.windows.size() - 2].length_ns;
  file.content_digest = rows.content_digest();
  return file;
}

}  // namespace lockstep
