#include "core/schedulers/tf_sizes.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {
namespace {

__extension__ using Wide = unsigned __int128;  // exact products of a cost, a count and a size

Wide wide(std::int64_t value) {
  LOCKSTEP_CHECK(value >= 0);
  return static_cast<Wide>(value);
}

}  // namespace

TfAllowedSizes::TfAllowedSizes(const std::vector<std::int64_t>& sizes, bool disable_padding) {
  if (!disable_padding) {
    for (const std::int64_t size : sizes) {
      sizes_.push_back(static_cast<std::uint32_t>(size));
    }
  }
}

std::uint32_t TfAllowedSizes::next(std::uint32_t rows) const {
  const auto found = std::lower_bound(sizes_.begin(), sizes_.end(), rows);
  return found == sizes_.end() ? rows : *found;
}

std::uint32_t TfAllowedSizes::previous(std::uint32_t rows) const {
  const auto above = std::upper_bound(sizes_.begin(), sizes_.end(), rows);
  return above == sizes_.begin() ? rows : *(above - 1);
}

void TfBatchCosts::add(const TfBatchCost& sample) {
  Mean& mean = means_[sample.rows];
  mean.total_ns += ns_of(sample.cost);
  ++mean.count;
}

std::optional<bool> TfBatchCosts::next_is_cheaper(std::uint32_t rows, std::uint32_t next,
                                                  std::uint32_t previous) const {
  const auto up = means_.find(next);
  const auto down = means_.find(previous);
  if (up == means_.end() || down == means_.end()) {
    return std::nullopt;
  }
  // total_up / count_up / rows < total_down / count_down / previous, without division.
  return wide(up->second.total_ns) * wide(down->second.count) * wide(previous) <
         wide(down->second.total_ns) * wide(up->second.count) * wide(rows);
}

std::uint32_t trim_target(std::uint32_t rows, TfPaddingPolicy policy, const TfAllowedSizes& allowed,
                          const TfBatchCosts& costs) {
  if (policy == TfPaddingPolicy::kPadUp) {
    return rows;
  }
  const std::uint32_t next = allowed.next(rows);
  const std::uint32_t previous = allowed.previous(rows);
  if (next == rows || previous == rows) {
    return rows;
  }
  if (policy == TfPaddingPolicy::kMinimizeCost &&
      costs.next_is_cheaper(rows, next, previous).value_or(true)) {
    return rows;
  }
  return previous;
}

SimTime start_after_trim(SimTime start, SimTime now, std::uint32_t kept, std::uint32_t trimmed) {
  LOCKSTEP_CHECK(kept > 0 && trimmed > 0 && start <= now);
  const std::int64_t start_us = ns_of(start) / 1000;
  const std::int64_t passed_us = ns_of(now) / 1000 - start_us;
  // passed * kept / all without overflow: the whole multiples of `all` first.
  const std::int64_t all = std::int64_t{kept} + trimmed;
  const std::int64_t share = passed_us / all * kept + passed_us % all * kept / all;
  return at_ns((start_us + share) * 1000);
}

}  // namespace lockstep
