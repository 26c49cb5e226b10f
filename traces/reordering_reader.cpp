#include "traces/reordering_reader.h"

#include <algorithm>

#include "core/limits.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kUnusedQueue = UINT32_MAX;

}  // namespace

Result<std::size_t> ReorderingReader::read(std::span<Arrival> out) {
  std::size_t count = 0;
  while (count < out.size()) {
    if (const Result<void> done = fill(); !done) {
      return tl::unexpected(done.error());
    }
    if (rows_.empty()) {
      break;
    }
    const Result<Arrival> arrival = take();
    if (!arrival) {
      return tl::unexpected(arrival.error());
    }
    out[count++] = *arrival;
  }
  return count;
}

// Until the window is full or the trace ends.
Result<void> ReorderingReader::fill() {
  while (!ended_ && rows_.size() <= window_) {
    Row row;
    const Result<bool> more = format_->next(row.arrival);
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      ended_ = true;
      std::sort(rows_.begin(), rows_.end(), later);
      if (row_count_ == 0) {
        return refuse_no_rows(*format_);
      }
      break;
    }
    if (any_taken_ && row.arrival.time < last_taken_) {
      const std::string_view text = format_->time_text();
      return format_->lines().refuse(
          text,
          quoted_field(text) + " of a request that arrived before one of " +
              std::to_string(window_) + " rows earlier",
          "rows at most that far out of order; --sort sorts all of them in memory");
    }
    row.number = row_count_++;
    rows_.push_back(row);
    std::push_heap(rows_.begin(), rows_.end(), later);
  }
  return {};
}

Result<Arrival> ReorderingReader::take() {
  if (!ended_) {
    std::pop_heap(rows_.begin(), rows_.end(), later);
  }
  Arrival arrival = rows_.back().arrival;
  rows_.pop_back();
  if (!any_taken_) {
    any_taken_ = true;
    first_ = starts_at_first_row_ ? arrival.time : SimTime{};
  }
  last_taken_ = arrival.time;
  arrival.time = SimTime{arrival.time - first_};
  if (ns_of(arrival.time) > kMaxTimeNs) {
    return format_->lines().refuse_at(0, "arrivals more than 36 years apart", "a shorter trace");
  }
  renumber(arrival);
  return arrival;
}

void ReorderingReader::renumber(Arrival& arrival) {
  const auto old_id = static_cast<std::size_t>(raw(arrival.queue));
  if (old_id >= new_ids_.size()) {
    new_ids_.resize(old_id + 1, kUnusedQueue);
  }
  std::uint32_t& id = new_ids_[old_id];
  if (id == kUnusedQueue) {
    id = static_cast<std::uint32_t>(names_.size());
    names_.push_back(format_->queue_names()[old_id]);
  }
  arrival.queue = QueueId{id};
}

}  // namespace lockstep
