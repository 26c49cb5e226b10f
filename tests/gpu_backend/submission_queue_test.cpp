// The queue between foreign threads and the driver.
#include "gpu_backend/submission_queue.h"

#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using Pushed = SubmissionQueue::Pushed;

// Its address says who it is; never asked for more.
class NobodysRequest final : public LiveRequest {
 public:
  void done(const LiveAnswer& /*answer*/) override {}
};

std::vector<std::uint64_t> drained(SubmissionQueue& queue) {
  std::vector<std::uint64_t> tickets;
  for (Submission submission; queue.pop(submission);) {
    tickets.push_back(submission.ticket);
  }
  return tickets;
}

TEST(SubmissionQueue, GivesBackInOrderAcrossManyRounds) {
  NobodysRequest request;
  SubmissionQueue queue(4);
  EXPECT_EQ(queue.capacity(), 4u);
  for (std::uint64_t round = 0; round < 10; ++round) {
    for (std::uint64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(queue.push({.request = &request, .ticket = 3 * round + i}), Pushed::kYes);
    }
    EXPECT_THAT(drained(queue), ::testing::ElementsAre(3 * round, 3 * round + 1, 3 * round + 2));
    EXPECT_TRUE(queue.is_empty());
  }
}

TEST(SubmissionQueue, IsFullAtItsCapacityAndNotBefore) {
  NobodysRequest request;
  SubmissionQueue queue(3);  // rounded up to 4
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(queue.push({.request = &request, .ticket = i}), Pushed::kYes);
  }
  EXPECT_EQ(queue.push({.request = &request, .ticket = 4}), Pushed::kFull);
  Submission first;
  EXPECT_TRUE(queue.pop(first));
  EXPECT_EQ(queue.push({.request = &request, .ticket = 5}), Pushed::kYes);
  EXPECT_THAT(drained(queue), ::testing::ElementsAre(1u, 2u, 3u, 5u));
}

TEST(SubmissionQueue, TakesNoRequestOnceClosedButCancellations) {
  NobodysRequest request;
  SubmissionQueue queue(4);
  EXPECT_EQ(queue.push({.request = &request, .ticket = 0}), Pushed::kYes);
  queue.close();
  queue.close();
  EXPECT_TRUE(queue.is_closed());
  EXPECT_FALSE(queue.is_empty());  // what was there before comes out
  EXPECT_EQ(queue.push({.request = &request, .ticket = 1}), Pushed::kClosed);
  EXPECT_EQ(queue.push({.request = nullptr, .ticket = 0}), Pushed::kYes);
  EXPECT_THAT(drained(queue), ::testing::ElementsAre(0u, 0u));
  EXPECT_TRUE(queue.is_empty());
}

// Each producer's submissions come out once and in its own order, closing in the middle included:
// what push() said yes to, and nothing else.
TEST(SubmissionQueue, LosesNothingBetweenThreads) {
  constexpr std::uint64_t kProducers = 4;
  constexpr std::uint64_t kEach = 20'000;
  NobodysRequest request;
  SubmissionQueue queue(64);
  std::vector<std::uint64_t> accepted(kProducers, 0);
  std::vector<std::thread> producers;
  for (std::uint64_t producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&, producer] {
      for (std::uint64_t i = 0; i < kEach; ++i) {
        Pushed pushed = Pushed::kFull;
        while (pushed == Pushed::kFull) {
          pushed = queue.push({.request = &request, .ticket = producer * kEach + i});
          if (pushed == Pushed::kFull) {
            std::this_thread::yield();
          }
        }
        if (pushed == Pushed::kClosed) {
          return;
        }
        ++accepted[producer];
      }
    });
  }
  std::vector<std::uint64_t> next(kProducers, 0);
  std::uint64_t taken = 0;
  const auto take = [&](const Submission& submission) {
    const std::uint64_t producer = submission.ticket / kEach;
    ASSERT_EQ(submission.ticket % kEach, next[producer]);
    ++next[producer];
    ++taken;
  };
  Submission early;
  while (taken < kProducers * kEach / 2) {
    if (queue.pop(early)) {
      take(early);
    } else {
      std::this_thread::yield();
    }
  }
  queue.close();
  // A producer that was between its position and its cell is waited for by is_empty().
  for (Submission submission; !queue.is_empty();) {
    if (queue.pop(submission)) {
      take(submission);
    }
  }
  for (std::thread& producer : producers) {
    producer.join();
  }
  EXPECT_EQ(next, accepted);
}

}  // namespace
}  // namespace lockstep
