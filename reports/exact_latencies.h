// Every latency of a run, for exact quantiles in constant memory.
//
// Values are kept in one block in memory; each full block goes to an anonymous temporary file that
// the system removes (8 bytes a value, where std::tmpfile puts it). While the block holds
// everything, ranks are looked up in it; else by counting passes over file and block: 16 bits of
// the value a pass, from the highest that any value has, so at most 4 passes for all ranks
// together. Memory: the block, and during a pass up to 512 KiB for each rank. Owner: RunMetrics.
// Errors: the file cannot be created, written or read. The first one is kept, what follows is
// ignored, and at_ranks() reports it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"

namespace lockstep {

class ExactLatencies {
 public:
  static constexpr std::size_t kBlockValues = std::size_t{1} << 21;  // 16 MiB

  // Requires: block_values > 0.
  explicit ExactLatencies(std::size_t block_values = kBlockValues);

  // Requires: latency_ns >= 0.
  void add(std::int64_t latency_ns) {
    if (block_.size() == room_) [[unlikely]] {
      make_room();
    }
    block_.push_back(latency_ns);
    bits_ |= static_cast<std::uint64_t>(latency_ns);
  }

  [[nodiscard]] std::uint64_t count() const { return filed_count_ + block_.size(); }

  // The rank-th smallest value for each of `ranks`, in their order. Further values may follow.
  // Requires: 0 < rank <= count().
  [[nodiscard]] Result<std::vector<std::int64_t>> at_ranks(std::span<const std::uint64_t> ranks);

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using Values = std::span<const std::int64_t>;

  void make_room();
  void write_block();
  void fail(const char* what);
  [[nodiscard]] std::vector<std::int64_t> select_in_block(std::span<const std::uint64_t> ranks);
  // False after a failure.
  [[nodiscard]] bool read_all(const std::function<void(Values)>& visit);

  std::size_t block_values_;
  std::size_t room_ = 0;                        // 0 before the first value, then block_values_
  std::vector<std::int64_t> block_;             // ordered as far as was asked
  std::uint64_t filed_count_ = 0;               // values that have left the block
  std::uint64_t bits_ = 0;                      // those that any value has
  std::unique_ptr<std::FILE, CloseFile> file_;  // positioned at its end
  std::optional<Error> failure_;
};

}  // namespace lockstep
