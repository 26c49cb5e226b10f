// Requests of one row, served again and again by a live server: for tests that count what a request
// costs once the server is warm.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "gpu_backend/live_server.h"

namespace lockstep::testing {

class ServedRow final : public LiveRequest {
 public:
  ServedRow(std::atomic<std::uint64_t>& answered, std::size_t bytes)
      : answered_(answered), in_(bytes), out_(bytes) {
    input = in_;
    output = out_;
  }
  void done(const LiveAnswer& answer) override {
    answered_.fetch_add(answer.status == Status::kOk ? 1 : 1'000'000);
  }

 private:
  std::atomic<std::uint64_t>& answered_;
  std::vector<std::byte> in_;
  std::vector<std::byte> out_;
};

class ServedRows {
 public:
  // With batches of 8: one full one, and half of one that leaves by its time-out.
  static constexpr std::size_t kRows = 12;

  ServedRows(LiveServer& server, std::size_t row_bytes) : server_(server) {
    for (std::size_t i = 0; i < kRows; ++i) {
      rows_.push_back(std::make_unique<ServedRow>(answered_, row_bytes));
    }
  }

  // All of them, `rounds` times.
  void serve(int rounds) {
    for (int round = 0; round < rounds; ++round) {
      const std::uint64_t before = answered_.load();
      for (const std::unique_ptr<ServedRow>& row : rows_) {
        ASSERT_EQ(server_.submit(*row).pushed, SubmissionQueue::Pushed::kYes);
      }
      while (answered_.load() < before + kRows) {
        std::this_thread::yield();
      }
      ASSERT_EQ(answered_.load(), before + kRows);
    }
  }

  // Waves of a hundred rounds until five in a row cost nothing, which is what is expected: begin()
  // starts to count, end() says how much there was. How much waits at once depends on how the
  // threads run, so the server is warm when it has seen its most; what costs something for each
  // request, or for each hundredth, never gets there.
  template <typename Begin, typename End>
  void expect_quiet_once_warm(Begin begin, End end) {
    int waves = 0;
    for (int quiet = 0; quiet < 5 && waves < kMostWaves; ++waves) {
      begin();
      serve(100);
      quiet = end() == 0 ? quiet + 1 : 0;
      ASSERT_FALSE(::testing::Test::HasFatalFailure());
    }
    EXPECT_LT(waves, kMostWaves);
  }

 private:
  static constexpr int kMostWaves = 200;

  LiveServer& server_;
  std::atomic<std::uint64_t> answered_{0};
  std::vector<std::unique_ptr<ServedRow>> rows_;
};

}  // namespace lockstep::testing
