// A gzip or zstd stream as the text inside it, read in constant memory.
//
// Several streams one behind the other are one text, as gzip and zstd themselves write them. What
// is refused, as a failure() at the place in the text where it shows: a stream that is cut or
// altered (both formats carry checksums), other data behind the last stream, and text that grows
// beyond UnpackLimits. Memory: gzip 32 KiB of window, zstd the window that the stream asks for: 8
// MiB at its levels 1 to 19, at most 128 MiB (--ultra, --long).
#pragma once

#include <cstdint>
#include <memory>

#include "traces/byte_source.h"

namespace lockstep {

// A decompression bomb, as opposed to a long trace: more than `free_bytes` of text and more than
// `max_ratio` bytes of it for each compressed byte. Arrival times compress 3 to 30 fold, and no run
// of equal rows fills 256 MiB by honest means; deflate reaches 1,032 fold, zstd more.
struct UnpackLimits {
  std::uint64_t free_bytes = std::uint64_t{256} << 20;
  std::uint64_t max_ratio = 100;
};

// `packed` holds nothing but streams of that format.
[[nodiscard]] std::unique_ptr<ByteSource> gzip_source(std::unique_ptr<ByteSource> packed);
[[nodiscard]] std::unique_ptr<ByteSource> zstd_source(std::unique_ptr<ByteSource> packed);

// The bytes as they are, or the text inside them when they begin as a gzip or a zstd stream; file
// names do not count. Reads the first bytes at once.
[[nodiscard]] std::unique_ptr<ByteSource> unpacked_source(std::unique_ptr<ByteSource> bytes,
                                                          const UnpackLimits& limits = {});

}  // namespace lockstep
