// The inputs that a live core got, kept in memory while it runs and fed to a fresh one afterwards.
//
// A live run writes no file: its log comes from re-executing its inputs (design 3), and that the
// two digests agree proves it. An entry is what a driver knows; ids and sequence numbers follow.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/server.h"

namespace lockstep {

struct LiveInput {
  InputKind kind = InputKind::kTimer;  // any but kStepDone
  SimTime now{};
  Arrival arrival{};     // kArrive; its time is `now`
  BatchDone done{};      // kBatchDone
  RequestId request{0};  // kCancel
  QueueId queue{0};      // kCloseQueue
  LaneId lane{0};        // kLaneDown, kLaneUp
  Status status{};       // kLaneDown
};

class InputLog {
 public:
  void add(const LiveInput& input) {
    if (size_ % kBlock == 0) {
      blocks_.push_back(std::make_unique<Block>());
    }
    (*blocks_.back())[size_ % kBlock] = input;
    ++size_;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const LiveInput& operator[](std::size_t index) const {
    return (*blocks_[index / kBlock])[index % kBlock];
  }

 private:
  // Blocks: what is there never moves, so that adding takes the same time always.
  static constexpr std::size_t kBlock = 4096;
  using Block = std::array<LiveInput, kBlock>;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::size_t size_ = 0;
};

// Gives `input` to the server.
void feed(Server& server, const LiveInput& input);

}  // namespace lockstep
