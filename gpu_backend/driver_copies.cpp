// The driver's copies: rows of requests into a lane's buffers and out of them, by the lane itself
// or by its copier on another thread; and answers that wait for a copier.
#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "gpu_backend/driver.h"

namespace lockstep {

void Driver::spawn_copiers() {
  const std::uint32_t others = runtime_.thread_count() - 1;
  for (std::uint32_t lane = 0; others > 0 && lane < lanes_.size(); ++lane) {
    lanes_[lane].copier =
        runtime_.spawn_on(1 + lane % others, "copier " + std::to_string(lane), FiberClass::kDevice,
                          [this, lane] { run_copier(LaneId{lane}); });
  }
}

void Driver::run_copier(LaneId id) {
  Lane& lane = lanes_[raw(id)];
  while (!lane.copies.is_ended()) {
    if (lane.copies.is_handed()) {
      lane.copies.copy([this] { runtime_.point("copy"); });
      lane.copies.finish();
      runtime_.unpark(lane.fiber);
    } else {
      runtime_.park();
    }
  }
}

void Driver::end_copiers() {
  for (Lane& lane : lanes_) {
    if (lane.copier) {
      lane.copies.end();
      runtime_.unpark(*lane.copier);
    }
  }
}

// What one lane needed, any may need: so that a server takes nothing from the heap once it has seen
// its largest batch, on whatever lane.
void Driver::make_room(std::size_t pieces) {
  if (pieces <= room_) {
    return;
  }
  room_ = std::bit_ceil(pieces);
  for (Lane& lane : lanes_) {
    if (!lane.copies.is_handed()) {
      lane.copies.reserve(room_);
    }
  }
}

void Driver::gather(LaneId id, std::span<std::byte> input) {
  make_room(server_.members_on(id).size());
  RowCopies& copies = lanes_[raw(id)].copies;
  copies.start_gathering(input);
  std::size_t bytes = 0;
  lanes_[raw(id)].gathered = 0;
  for (const Piece& piece : server_.members_on(id)) {
    LiveRequest* const request = owner_of(piece);
    lanes_[raw(id)].gathered += request != nullptr ? piece.rows : 0;
    copies.add(request, piece.first_row * options_.row_bytes, piece.rows * options_.row_bytes);
    bytes += piece.rows * options_.row_bytes;
  }
  copy(id, bytes);
}

void Driver::scatter(LaneId id, std::span<const std::byte> output) {
  RowCopies& copies = lanes_[raw(id)].copies;
  copies.start_scattering(output);
  std::size_t bytes = 0;
  for (const Piece& piece : server_.members_on(id)) {
    copies.add(owner_of(piece), piece.first_row * options_.row_bytes,
               piece.rows * options_.row_bytes);
    bytes += piece.rows * options_.row_bytes;
  }
  copy(id, bytes);
}

// nullptr: it was answered.
LiveRequest* Driver::owner_of(const Piece& piece) const {
  return server_.requests().is_alive(piece.request)
             ? live_.find(server_.requests().at(piece.request).id)
             : nullptr;
}

void Driver::copy(LaneId id, std::size_t bytes) {
  Lane& lane = lanes_[raw(id)];
  if (!lane.copier || bytes < options_.copies_from) {
    lane.copies.copy();
    return;
  }
  ++totals_.copies;
  ++copying_;
  lane.copies.hand_over();
  runtime_.unpark(*lane.copier);
  while (lane.copies.is_handed()) {
    runtime_.park();
  }
  --copying_;
  answer_held_back();
}

// An answer with results waited for every copy of them.
void Driver::answer(LiveRequest& request, const LiveAnswer& answer) {
  if (copying_ > 0 && answer.status != Status::kOk && is_being_copied(request)) {
    ++totals_.held_back;
    held_back_.push_back({.request = &request, .answer = answer});
  } else {
    request.done(answer);
  }
}

bool Driver::is_being_copied(const LiveRequest& request) const {
  return std::any_of(lanes_.begin(), lanes_.end(), [&request](const Lane& lane) {
    return lane.copies.is_handed() && lane.copies.contains(request);
  });
}

// In their order. Takes nothing from the heap, and done() may submit.
void Driver::answer_held_back() {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < held_back_.size(); ++i) {
    const HeldAnswer held = held_back_[i];
    if (is_being_copied(*held.request)) {
      held_back_[kept++] = held;
    } else {
      held.request->done(held.answer);
    }
  }
  held_back_.resize(kept);
}

}  // namespace lockstep
