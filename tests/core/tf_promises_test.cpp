// The just-in-time scheduler, the streaming scheduler and the retrier around each, on random
// traffic with several queues, closings and slow batches: what promises() says must hold, two runs
// must be the same, and the server's own checks watch every decision.
#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::SchedulerUnderTest;
using support::SeenBatch;
using support::SeenEnd;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

enum class Kind : std::uint8_t { kJit, kStreaming };

struct Case {
  Kind kind = Kind::kJit;
  TfJitOptions jit;
  TfStreamingOptions streaming;
  bool retries = false;
  TfRetrierOptions retrier;
  bool closes = false;
  std::uint64_t seed = 0;

  [[nodiscard]] SchedulerUnderTest scheduler() const {
    SchedulerUnderTest inner =
        kind == Kind::kJit ? support::tf_jit(jit) : support::tf_streaming(streaming);
    return retries ? support::retrying(std::move(inner), retrier) : std::move(inner);
  }
};

Case draw(Kind kind, std::uint64_t seed) {
  Prng prng(seed, "promises");
  const auto below = [&prng](std::uint64_t bound) {
    return static_cast<std::int64_t>(prng.below(bound));
  };
  Case drawn;
  drawn.kind = kind;
  drawn.seed = seed;
  drawn.jit.num_batch_threads = 1 + below(4);
  drawn.jit.max_batch_size = 1 + below(8);
  drawn.jit.max_queue_size = 1 + below(12);
  drawn.jit.max_ready_batches = below(4) - 1;
  drawn.streaming.num_batch_threads = 1 + below(4);
  drawn.streaming.max_batch_size = 1 + below(8);
  drawn.streaming.batch_timeout_micros = std::max<std::int64_t>(below(40) - 10, 0);
  drawn.streaming.no_tasks_wait_time_micros = below(3) * 17;
  drawn.retries = below(2) == 0;
  drawn.retrier.max_time_micros = below(60);
  drawn.retrier.retry_delay_micros = below(20);
  drawn.closes = below(3) == 0;
  return drawn;
}

void play(Scenario& s, const Case& drawn) {
  Prng prng(drawn.seed, "traffic");
  SimDuration now{0};
  for (int i = 0; i < 120; ++i) {
    // Often at one instant, and on whole microseconds, so that events meet.
    now += std::chrono::microseconds(prng.below(3) == 0 ? 0 : prng.below(12));
    const auto queue = static_cast<std::uint32_t>(prng.below(5) == 0 ? prng.below(3) : 0);
    s.at(now);
    if (drawn.closes && prng.below(40) == 0) {
      s.close_queue(queue);
    }
    const auto rows = static_cast<std::uint32_t>(1 + prng.below(5));
    s.arrive(std::to_string(i),
             {.rows = rows, .queue = queue, .priority = static_cast<std::uint8_t>(prng.below(5))});
  }
  for (std::uint64_t batch = 0; batch < 200; ++batch) {
    s.batch_takes(batch, std::chrono::microseconds(prng.below(25)));
  }
  s.keep_journal().run();
}

int number_of(const std::string& name) {
  int number = -1;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return number;
}

// Of each queue, in the order in which they were dispatched.
void expect_order_of_arrival(const Scenario& s) {
  std::vector<const SeenBatch*> order;
  for (const SeenBatch& batch : s.batches()) {
    if (batch.dispatched) {
      order.push_back(&batch);
    }
  }
  std::stable_sort(order.begin(), order.end(), [](const SeenBatch* a, const SeenBatch* b) {
    return a->record.dispatched < b->record.dispatched;
  });
  std::array<int, 3> last = {-1, -1, -1};
  for (const SeenBatch* batch : order) {
    for (const std::string& member : batch->members) {
      const int number = number_of(member);
      EXPECT_GT(number, last.at(raw(batch->record.queue)));
      last.at(raw(batch->record.queue)) = number;
    }
  }
}

// A batch that was due earlier than it was dispatched waited for the lane that got free then.
void expect_no_lane_idle_while_one_is_due(const Scenario& s) {
  for (const SeenBatch& batch : s.batches()) {
    if (batch.dispatched && batch.record.due < batch.record.dispatched) {
      EXPECT_TRUE(std::any_of(s.batches().begin(), s.batches().end(), [&](const SeenBatch& other) {
        return other.done && other.record.finished == batch.record.dispatched;
      })) << ns_of(batch.record.dispatched);
    }
  }
}

struct Seen {
  std::uint64_t answered = 0;
  std::uint64_t refused = 0;
  std::uint64_t unanswered = 0;
};

Seen check(const Case& drawn) {
  Scenario s(drawn.scheduler());
  play(s, drawn);
  Scenario again(drawn.scheduler());
  play(again, drawn);
  EXPECT_EQ(s.server().digest(), again.server().digest());
  EXPECT_EQ(s.journal_lines(), again.journal_lines());

  const Promises promises = s.server().scheduler().promises();
  if (promises.starvation_free) {
    EXPECT_THAT(s.unanswered(), IsEmpty());
  }
  if (promises.fifo_per_queue) {
    expect_order_of_arrival(s);
  }
  if (promises.work_conserving) {
    expect_no_lane_idle_while_one_is_due(s);
  }
  if (promises.timeout_bound) {
    for (const SeenBatch& batch : s.batches()) {
      if (batch.dispatched && !batch.members.empty()) {
        EXPECT_LE(batch.record.dispatched - batch.record.opened,
                  std::chrono::microseconds(drawn.streaming.batch_timeout_micros));
      }
    }
  }
  Seen seen{.unanswered = s.unanswered().size()};
  for (const SeenEnd& end : s.ends()) {
    ++(end.was_in_a_batch ? seen.answered : seen.refused);
  }
  EXPECT_EQ(seen.answered + seen.refused + seen.unanswered, 120u);
  return seen;
}

void check_many(Kind kind) {
  Seen all;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Seen seen = check(draw(kind, seed));
    all.answered += seen.answered;
    all.refused += seen.refused;
    all.unanswered += seen.unanswered;
    ASSERT_FALSE(::testing::Test::HasFailure());
  }
  // The traffic reaches every outcome.
  EXPECT_GT(all.answered, 5'000u);
  EXPECT_GT(all.refused, 5'000u);
  EXPECT_GT(all.unanswered, 20u);
}

TEST(TfPromises, OfTheJustInTimeSchedulerHold) {
  check_many(Kind::kJit);
}

TEST(TfPromises, OfTheStreamingSchedulerHold) {
  check_many(Kind::kStreaming);
}

}  // namespace
}  // namespace lockstep
