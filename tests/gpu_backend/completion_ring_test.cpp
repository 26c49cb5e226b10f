// The way of completions from CUDA's threads to the driver's.
#include "gpu_backend/cuda/completion_ring.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(CompletionRing, GivesEntriesInTheirOrder) {
  CompletionRing ring(2);
  EXPECT_FALSE(ring.pop().has_value());
  ring.push({.lane = LaneId{1}, .batch = 7, .noticed = at_ns(30)});
  ring.push({.lane = LaneId{0}, .batch = 8, .noticed = at_ns(20)});
  const auto first = ring.pop();
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->lane, LaneId{1});
  EXPECT_EQ(first->batch, 7u);
  EXPECT_EQ(first->noticed, at_ns(30));
  EXPECT_EQ(ring.pop()->lane, LaneId{0});
  EXPECT_FALSE(ring.pop().has_value());
}

TEST(CompletionRing, HoldsTwoEntriesOfEachLaneAndGoesRound) {
  CompletionRing ring(3);
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint32_t entry = 0; entry < 6; ++entry) {
      ring.push({.lane = LaneId{entry % 3}, .batch = 10 * round + entry, .noticed = {}});
    }
    for (std::uint32_t entry = 0; entry < 6; ++entry) {
      EXPECT_EQ(ring.pop()->batch, 10 * round + entry);
    }
  }
}

// Each thread is a lane: it pushes again once its last entry was popped.
TEST(CompletionRing, LosesNothingAmongThreads) {
  constexpr std::uint32_t kLanes = 3;
  constexpr std::uint64_t kBatches = 20'000;
  CompletionRing ring(kLanes);
  std::vector<std::atomic<std::uint64_t>> popped(kLanes);
  std::vector<std::thread> threads;
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    threads.emplace_back([&ring, &popped, lane] {
      for (std::uint64_t batch = 1; batch <= kBatches; ++batch) {
        ring.push({.lane = LaneId{lane},
                   .batch = batch,
                   .noticed = at_ns(static_cast<std::int64_t>(batch))});
        while (popped[lane].load(std::memory_order_acquire) != batch) {
          std::this_thread::yield();
        }
      }
    });
  }
  bool in_order = true;
  for (std::uint64_t count = 0; count < kLanes * kBatches;) {
    const auto completion = ring.pop();
    if (!completion) {
      std::this_thread::yield();
      continue;
    }
    ++count;
    std::atomic<std::uint64_t>& last = popped[raw(completion->lane)];
    in_order = in_order && completion->batch == last.load() + 1 &&
               ns_of(completion->noticed) == static_cast<std::int64_t>(completion->batch);
    last.store(completion->batch, std::memory_order_release);
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(in_order);
}

}  // namespace
}  // namespace lockstep
