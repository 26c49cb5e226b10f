// Test words: a text as gzip or zstd would store it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <zlib.h>

#include "tests/traces/scratch_directory.h"
#include "traces/output_file.h"

namespace lockstep {

[[nodiscard]] inline std::string gzipped(std::string text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("zlib");
  }
  std::string packed(deflateBound(&stream, static_cast<uLong>(text.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int outcome = deflate(&stream, Z_FINISH);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  if (outcome != Z_STREAM_END) {
    throw std::runtime_error("zlib");
  }
  return packed;
}

[[nodiscard]] inline std::string zstd_packed(std::string_view text) {
  const ScratchDirectory directory;
  auto file = create_zstd_file(directory.file("packed"));
  if (!file) {
    throw std::runtime_error(file.error().message);
  }
  (*file)->write(text);
  if (const Result<void> closed = (*file)->close(); !closed) {
    throw std::runtime_error(closed.error().message);
  }
  return directory.read("packed");
}

}  // namespace lockstep
