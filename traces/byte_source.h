// Where bytes come from: a file or memory, read in large blocks (compressed ones:
// traces/compressed_source.h).
//
// Owner: the reader above it. A failure does not throw: read() ends early, and failure() then says
// why in words that follow "FILE:LINE:COLUMN: ".
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace lockstep {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Fills the front of `out`; fewer bytes than asked mean the end, or a failure.
  [[nodiscard]] virtual std::size_t read(std::span<char> out) = 0;
  [[nodiscard]] const std::string& failure() const { return failure_; }

 protected:
  std::string failure_;
};

// "-" is standard input. Errors: a missing file, a directory, no permission.
[[nodiscard]] Result<std::unique_ptr<ByteSource>> open_file_source(const std::string& path);
// `text` outlives the source.
[[nodiscard]] std::unique_ptr<ByteSource> text_source(std::string_view text);

}  // namespace lockstep
