// Chained 64-bit digest over canonical words: not over text, not over compressed bytes.
//
// Each journal line is folded into the chain: next = fold(previous, line). Words of a line are
// multiplied pairwise, independently of each other, so that a line costs one dependent multiply.
// Not cryptographic: it finds accidents and edits; whoever repairs all digests after an edit is
// found by re-execution (properties/reexecution.h). The same on every compiler and optimisation
// level.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

// Folded 64 x 64 -> 128-bit product.
[[nodiscard]] constexpr std::uint64_t fold_product(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Collects the words of one line, two at a time. Order matters.
class LineDigest {
 public:
  constexpr void pair(std::uint64_t a, std::uint64_t b) {
    sum_ = std::rotl(sum_, 27) + fold_product(a ^ kFirst, b ^ kSecond);
  }
  [[nodiscard]] constexpr std::uint64_t value() const { return sum_; }

 private:
  static constexpr std::uint64_t kFirst = 0xa0761d6478bd642fu;  // odd words with balanced bits
  static constexpr std::uint64_t kSecond = 0xe7037ed1a0b428dbu;
  std::uint64_t sum_ = 0x8ebc6af09c88c6e3u;
};

class ChainDigest {
 public:
  constexpr explicit ChainDigest(std::uint64_t start = 0) : state_(start) {}
  constexpr void fold(const LineDigest& line) {
    state_ = (state_ ^ line.value()) * 0x9e3779b97f4a7c15u;
    state_ ^= state_ >> 32;
  }
  [[nodiscard]] constexpr std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_;
};

// Digest of bytes (file contents, setting texts); `more` can continue an earlier value in chunks of
// any size: the value depends on the bytes only.
class ByteDigest {
 public:
  void add(std::string_view bytes);
  [[nodiscard]] std::uint64_t value() const;

 private:
  std::uint64_t state_ = 0x2d358dccaa6c78a5u;
  std::uint64_t pending_ = 0;
  std::uint64_t length_ = 0;
};

// 16 lower-case hex digits.
[[nodiscard]] std::string digest_text(std::uint64_t digest);

}  // namespace lockstep
