#include "core/digest.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kStep = 0x8bb84b93962eacc9u;

}  // namespace

void ByteDigest::add(std::string_view bytes) {
  for (const char byte : bytes) {
    pending_ |= std::uint64_t{static_cast<unsigned char>(byte)} << (8 * (length_ % 8));
    ++length_;
    if (length_ % 8 == 0) {
      state_ = fold_product(state_ ^ pending_, kStep) + length_;
      pending_ = 0;
    }
  }
}

std::uint64_t ByteDigest::value() const {
  return fold_product(fold_product(state_ ^ pending_, kStep) ^ length_, kStep ^ length_);
}

std::string digest_text(std::uint64_t digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < 16; ++i) {
    text[15 - i] = kDigits[(digest >> (4 * i)) & 15];
  }
  return text;
}

}  // namespace lockstep
