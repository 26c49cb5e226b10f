#include "core/sampling.h"

#include <array>
#include <bit>
#include <cstddef>

#include "core/check.h"

namespace lockstep {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr unsigned kTableBits = 8;
constexpr std::size_t kTableSize = std::size_t{1} << kTableBits;

// ln 2 in units of 2^-62: a literal, 0.693147180559945309417232121458...
constexpr std::uint64_t kLn2Fixed62 = 0x2C5C85FDF473DE6A;

// Product of two fixed-point numbers with 62 fractional bits.
constexpr std::uint64_t times62(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>((static_cast<Wide>(a) * b) >> 62);
}

// ln(1 + x) in units of 2^-62 for 0 <= x < 1 given in the same units, through
// ln((1 + y) / (1 - y)) = 2 (y + y^3/3 + y^5/5 + ...), y = x / (2 + x) <= 1/3. Compile time only.
constexpr std::uint64_t ln_one_plus_fixed62(std::uint64_t x) {
  const Wide numerator = static_cast<Wide>(x) << 62;
  const Wide denominator = (static_cast<Wide>(1) << 63) + x;
  const auto y = static_cast<std::uint64_t>(numerator / denominator);
  const std::uint64_t square = times62(y, y);
  std::uint64_t power = y;
  std::uint64_t sum = 0;
  for (std::uint64_t k = 1; power != 0; k += 2) {
    sum += power / k;
    power = times62(power, square);
  }
  return 2 * sum;
}

struct TableEntry {
  std::uint64_t inverse = 0;  // 1 / c in units of 2^-63, c = 1 + (i + 1/2) / 256
  std::uint64_t ln = 0;       // ln(c) in units of 2^-62
};

constexpr std::array<TableEntry, kTableSize> make_table() {
  std::array<TableEntry, kTableSize> table{};
  for (std::size_t i = 0; i < kTableSize; ++i) {
    // c in units of 2^-9: 512 + 2 i + 1.
    const std::uint64_t c = 2 * kTableSize + 2 * i + 1;
    table[i].inverse = static_cast<std::uint64_t>((static_cast<Wide>(1) << 72) / c);
    table[i].ln = ln_one_plus_fixed62((c - 2 * kTableSize) << (62 - kTableBits - 1));
  }
  return table;
}
constexpr std::array<TableEntry, kTableSize> kTable = make_table();

}  // namespace

std::uint64_t exponential_fixed58(std::uint64_t draw) {
  if (draw == ~std::uint64_t{0}) {
    return 0;  // ln 1
  }
  const std::uint64_t u = draw + 1;
  const auto shift = static_cast<unsigned>(std::countl_zero(u));
  const std::uint64_t mantissa = u << shift;  // m in [1, 2), units of 2^-63
  const std::size_t index = (mantissa >> (63 - kTableBits)) & (kTableSize - 1);
  const TableEntry& entry = kTable[index];
  // m / c = 1 + r with |r| <= 2^-9; r in units of 2^-62, two's complement.
  const auto ratio =
      static_cast<std::uint64_t>((static_cast<Wide>(mantissa) * entry.inverse) >> 64);
  const auto r = static_cast<std::int64_t>(ratio) - (std::int64_t{1} << 62);
  // ln(1 + r) = r - r^2/2 + r^3/3 - r^4/4 + r^5/5 - r^6/6; the next term is below 2^-65.
  const auto times = [](std::int64_t a, std::int64_t b) {
    __extension__ using SignedWide = __int128;
    return static_cast<std::int64_t>((static_cast<SignedWide>(a) * b) >> 62);
  };
  constexpr std::int64_t kOne = std::int64_t{1} << 62;
  std::int64_t sum = kOne / 5 - times(r, kOne / 6);
  sum = kOne / 4 - times(r, sum);
  sum = kOne / 3 - times(r, sum);
  sum = kOne / 2 - times(r, sum);
  sum = kOne - times(r, sum);
  const std::int64_t ln_ratio = times(r, sum);
  // -ln(u / 2^64) = (shift + 1) ln 2 - ln m, in units of 2^-58.
  const std::int64_t ln_mantissa = static_cast<std::int64_t>(entry.ln) + ln_ratio;
  __extension__ using SignedWide = __int128;
  const SignedWide total = static_cast<SignedWide>(shift + 1) * kLn2Fixed62 - ln_mantissa;
  // Up to 44.4 * 2^58: more than an int64, less than a uint64.
  return total > 0 ? static_cast<std::uint64_t>(total >> 4) : 0;
}

ExponentialSpan::ExponentialSpan(std::uint64_t total_ns, std::uint64_t count) {
  LOCKSTEP_CHECK(total_ns > 0 && count > 0);
  LOCKSTEP_CHECK(total_ns < std::uint64_t{1} << 56);
  // Scaled up until the quotient fills 62 bits: one division here, none per draw.
  const Wide wide = static_cast<Wide>(total_ns);
  while (fraction_bits_ < 124 - 60 && ((wide << (fraction_bits_ + 1)) / count) >> 62 == 0) {
    ++fraction_bits_;
  }
  mean_ = static_cast<std::uint64_t>((wide << fraction_bits_) / count);
  LOCKSTEP_CHECK(mean_ < std::uint64_t{1} << 62);
}

std::int64_t ExponentialSpan::next_ns(std::uint64_t draw) {
  // Below 2^64 * 2^62 + 2^122: no overflow. Whole ns begin in the upper half: one shift of 64 bits.
  const Wide exact = static_cast<Wide>(exponential_fixed58(draw)) * mean_ + rest_;
  const auto upper = static_cast<std::uint64_t>(exact >> 64);
  const unsigned bits = kExponentialBits + fraction_bits_ - 64;
  const std::uint64_t span = upper >> bits;
  rest_ = exact - (static_cast<Wide>(span << bits) << 64);
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 60;
  return static_cast<std::int64_t>(span < kLimit ? span : kLimit);
}

}  // namespace lockstep
