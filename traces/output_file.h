// Buffered output to a file, plain or as a zstd stream, that never loses an error.
//
// write() keeps the first error of the operating system (a full disk) and ignores what follows;
// close() reports it. Every writer of a file must call close(): a destructor cannot report.
// zstd: level 3, one thread, with a checksum, fed in blocks of one fixed size: the bytes depend on
// the content and on the libzstd version alone.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace lockstep {

class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  virtual void write(std::string_view bytes) = 0;
  // Once. Errors: the first one since it was opened, with the path.
  [[nodiscard]] virtual Result<void> close() = 0;
};

// Replaces a file that is there. Errors: the directory is missing, no permission.
[[nodiscard]] Result<std::unique_ptr<ByteSink>> create_output_file(const std::string& path);
[[nodiscard]] Result<std::unique_ptr<ByteSink>> create_zstd_file(const std::string& path);

// Decimal digits, whatever the locale.
template <std::integral Number>
void append_number(std::string& text, Number number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  static_cast<void>(error);  // 24 bytes hold any 64-bit number
  text.append(digits, end);
}

}  // namespace lockstep
