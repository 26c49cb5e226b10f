#include "core/schedulers/tf_waiting_batches.h"

#include <optional>

#include "core/check.h"
#include "core/schedulers/tf_in_flight_limit.h"

namespace lockstep {

std::uint32_t TfWaitingBatches::create() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t batch = free_.back();
  free_.pop_back();
  return batch;
}

void TfWaitingBatches::close(std::uint32_t batch) {
  TfWaitingBatch& slot = slots_[batch];
  closed_count_ += slot.listed && !slot.closed ? 1u : 0u;
  slot.closed = true;
}

void TfWaitingBatches::add(std::uint32_t batch) {
  TfWaitingBatch& slot = slots_[batch];
  LOCKSTEP_CHECK(!slot.listed);
  LOCKSTEP_DCHECK(list_.empty() || slots_[list_.back()].opened <= slot.opened);
  slot.listed = true;
  closed_count_ += slot.closed ? 1u : 0u;
  list_.push_back(batch);
}

std::uint32_t TfWaitingBatches::take_best(std::int64_t now_us, std::int64_t boost_us) {
  std::optional<TfScore> best_score;
  std::size_t best = 0;
  for (std::size_t place = 0; place < list_.size(); ++place) {
    const TfWaitingBatch& slot = slots_[list_.at(place)];
    // The list is in order of creation: from some place on no score can be smaller any more.
    if (best_score && !(TfScore::floor(slot.created_us, boost_us) < *best_score)) {
      break;
    }
    if (slot.ready_us > now_us) {
      continue;
    }
    const TfScore score(slot.created_us, boost_us, slot.rows, slot.rows_max);
    if (!best_score || score < *best_score) {
      best_score = score;
      best = place;
    }
  }
  return best_score ? take(best) : kNone;
}

std::uint32_t TfWaitingBatches::take(std::size_t place) {
  const std::uint32_t batch = list_.at(place);
  TfWaitingBatch& slot = slots_[batch];
  // Batches leave near the front: what stands before moves up.
  for (; place > 0; --place) {
    list_.at(place) = list_.at(place - 1);
  }
  list_.pop_front();
  slot.listed = false;
  closed_count_ -= slot.closed ? 1u : 0u;
  return batch;
}

void TfWaitingBatches::recycle(std::uint32_t batch) {
  TfWaitingBatch& slot = slots_[batch];
  LOCKSTEP_CHECK(!slot.listed);
  std::vector<Piece> pieces = std::move(slot.pieces);  // its memory stays
  pieces.clear();
  slot = TfWaitingBatch{};
  slot.pieces = std::move(pieces);
  free_.push_back(batch);
}

}  // namespace lockstep
