// Pure arithmetic of TF-Serving's batching: cutting requests, allowed sizes, trimming, mean costs.
//
// No state, no time: each function is a line of the written rules (TF 2.6, 2.8) and is tested
// against their table (TF 4.3, F01 to F07).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/schedulers/tf_options.h"
#include "core/time.h"

namespace lockstep {

// TF 2.6: the piece that fills `room` (if room > 0), then pieces of `limit`, then the remainder.
// Calls visit(rows) for each; a size of 0 is one piece of none. Requires: limit > 0.
template <typename Visit>
void for_each_split_size(std::uint32_t size, std::uint32_t room, std::uint32_t limit,
                         Visit&& visit) {
  std::uint32_t next = room > 0 ? room : limit;
  while (size > next) {
    visit(next);
    size -= next;
    next = limit;
  }
  visit(size);
}

// TF 2.1, last paragraph: (M - n) * E + (E - o), the rows for which there is room. A huge M means
// no limit: the sum stays at the largest number there is.
[[nodiscard]] inline std::int64_t tf_free_rows(std::int64_t free_batches, std::int64_t batch_rows,
                                               std::int64_t room) {
  std::int64_t rows = 0;
  if (__builtin_mul_overflow(free_batches, batch_rows, &rows) ||
      __builtin_add_overflow(rows, room, &rows)) {
    return INT64_MAX;
  }
  return rows;
}

// Allowed batch sizes, ascending. Empty: nothing is rounded (no sizes, or disable_padding).
class TfAllowedSizes {
 public:
  TfAllowedSizes() = default;
  TfAllowedSizes(const std::vector<std::int64_t>& sizes, bool disable_padding);

  // The smallest allowed size >= rows; rows itself if there is none.
  [[nodiscard]] std::uint32_t next(std::uint32_t rows) const;
  // The largest allowed size <= rows; rows itself if there is none.
  [[nodiscard]] std::uint32_t previous(std::uint32_t rows) const;

 private:
  std::vector<std::uint32_t> sizes_;
};

// Mean cost by batch size: a plain average over all samples (TF 2.8). Sums are exact.
class TfBatchCosts {
 public:
  void add(const TfBatchCost& sample);
  // Does a batch of `rows` cost less per row padded up to `next` than trimmed to `previous`?
  // nullopt while either mean is unknown.
  [[nodiscard]] std::optional<bool> next_is_cheaper(std::uint32_t rows, std::uint32_t next,
                                                    std::uint32_t previous) const;

 private:
  struct Mean {
    std::int64_t total_ns = 0;
    std::int64_t count = 0;
  };
  std::map<std::uint32_t, Mean> means_;
};

// TF 2.8: the size that an open batch of `rows` should leave with; `rows` means no trimming.
[[nodiscard]] std::uint32_t trim_target(std::uint32_t rows, TfPaddingPolicy policy,
                                        const TfAllowedSizes& allowed, const TfBatchCosts& costs);

// TF 2.8: the start of what a trim leaves behind, in whole microseconds as a server's clock counts.
// Requires: kept, trimmed > 0; start <= now.
[[nodiscard]] SimTime start_after_trim(SimTime start, SimTime now, std::uint32_t kept,
                                       std::uint32_t trimmed);

}  // namespace lockstep
