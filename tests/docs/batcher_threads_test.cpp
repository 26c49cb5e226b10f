// Without LOCKSTEP_CONTROLLED the names of <lockstep/sync/...> are std's own, and the example
// batcher runs on real threads.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "docs/examples/batcher/batcher.h"

namespace lockstep {
namespace {

using examples::Batcher;

static_assert(std::is_same_v<sync::mutex, std::mutex>);
static_assert(std::is_same_v<sync::condition_variable, std::condition_variable>);
static_assert(std::is_same_v<sync::thread, std::thread>);
static_assert(std::is_same_v<sync::atomic<int>, std::atomic<int>>);
static_assert(std::is_same_v<sync::steady_clock, std::chrono::steady_clock>);
static_assert(std::is_same_v<sync::unique_lock<sync::mutex>, std::unique_lock<std::mutex>>);
static_assert(std::is_same_v<decltype(sync::this_thread::get_id()), std::thread::id>);

// Bounded: every client sends its requests and ends, and stop() answers what is left.
TEST(ThreadedBatcher, AnswersEveryRequestOnceWithItsSquare) {
  constexpr std::size_t kClients = 4;
  constexpr std::size_t kRequests = 500;
  std::vector<std::atomic<int>> answers(kClients * kRequests);
  std::atomic<int> wrong = 0;
  {
    Batcher batcher({.max_batch_size = 8}, [](const std::vector<Batcher::Request>& batch) {
      std::vector<int> outputs;
      for (const Batcher::Request& request : batch) {
        outputs.push_back(request.input * request.input);
      }
      return outputs;
    });
    std::vector<std::thread> clients;
    for (std::size_t client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client] {
        for (std::size_t i = client * kRequests; i < (client + 1) * kRequests; ++i) {
          const int input = static_cast<int>(i);
          const bool taken = batcher.submit({input, [&, i, input](bool is_ok, int output) {
                                               ++answers[i];
                                               wrong += is_ok && output != input * input ? 1 : 0;
                                             }});
          EXPECT_TRUE(taken);
        }
      });
    }
    for (std::thread& client : clients) {
      client.join();
    }
    batcher.stop();
  }
  EXPECT_EQ(wrong, 0);
  for (const std::atomic<int>& count : answers) {
    EXPECT_EQ(count, 1);
  }
}

}  // namespace
}  // namespace lockstep
