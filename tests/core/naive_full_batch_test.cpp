// The naive handler: only full batches, no time-out, so a remainder waits for ever.
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::naive_full_batch;
using support::Scenario;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// Synchronous clients: each sends a request, waits for its answer, and sends the next one.
class SynchronousClients final : public EventSink {
 public:
  // Requires: every batch of the naive handler is executed at once.
  SynchronousClients(std::uint64_t clients, std::int64_t batch_size, std::uint64_t rounds)
      : rounds_(rounds),
        server_(make_naive_full_batch({.batch_size = batch_size, .num_batch_threads = 1}).value(),
                {.lane_count = 1}, this) {
    for (std::uint64_t client = 0; client < clients; ++client) {
      ready_.push_back(ClientId{client});
    }
  }

  // Until nobody sends and nothing runs any more; returns the answers.
  std::uint64_t run() {
    while (!ready_.empty() || executed_) {
      now_ += 1us;
      if (executed_) {
        executed_ = false;
        server_.batch_done({.now = now_, .lane = LaneId{0}});
      } else {
        const ClientId client = ready_.front();
        ready_.pop_front();
        server_.arrive({.time = now_, .client = client});
      }
      executed_ = executed_ || !server_.started().empty();
    }
    return answers_;
  }
  std::uint64_t unanswered() { return server_.report_unanswered(); }

  void request_ended(const RequestEnd& end) override {
    if (++answers_ < rounds_) {
      ready_.push_back(end.request.arrival.client);
    }
  }

 private:
  std::uint64_t rounds_;
  std::deque<ClientId> ready_;
  std::uint64_t answers_ = 0;
  bool executed_ = false;
  SimTime now_{};
  Server server_;
};

void arrive_many(Scenario& s, int count) {
  for (int i = 0; i < count; ++i) {
    s.at(std::chrono::microseconds(i)).arrive(std::to_string(i));
  }
}

TEST(NaiveFullBatch, AnswersAllOf32AtBatchSize32) {
  Scenario s(naive_full_batch({.batch_size = 32, .num_batch_threads = 1}));
  arrive_many(s, 32);
  s.run();
  ASSERT_EQ(s.batches().size(), 1u);
  EXPECT_EQ(s.batches()[0].members.size(), 32u);
  EXPECT_EQ(s.batches()[0].record.dispatched, at_ns(31'000));
  EXPECT_EQ(s.answers().size(), 32u);
  EXPECT_THAT(s.unanswered(), IsEmpty());
}

TEST(NaiveFullBatch, NeverAnswersTheThirtyThird) {
  Scenario s(naive_full_batch({.batch_size = 32, .num_batch_threads = 4}));
  arrive_many(s, 33);
  s.run();
  EXPECT_EQ(s.answers().size(), 32u);
  EXPECT_THAT(s.unanswered(), ElementsAre("32"));
  EXPECT_EQ(s.server().wake_at(), kForever);
}

TEST(NaiveFullBatch, NeverAnswers31) {
  Scenario s(naive_full_batch({.batch_size = 32, .num_batch_threads = 1}));
  arrive_many(s, 31);
  s.run();
  EXPECT_THAT(s.dispatches(), IsEmpty());
  EXPECT_EQ(s.unanswered().size(), 31u);
}

// The golden pair of a blog's load test: with as many clients as a batch has places all goes well.
TEST(NaiveFullBatch, ServesThirtyTwoSynchronousClients) {
  SynchronousClients clients(32, 32, 32 * 100);
  EXPECT_EQ(clients.run(), 32u * 100u);
}

TEST(NaiveFullBatch, StarvesTenSynchronousClientsAltogether) {
  SynchronousClients clients(10, 32, 32 * 100);
  EXPECT_EQ(clients.run(), 0u);
  EXPECT_EQ(clients.unanswered(), 10u);
}

TEST(NaiveFullBatch, OneClientTooFewStarvesThemAll) {
  SynchronousClients clients(31, 32, 32 * 100);
  EXPECT_EQ(clients.run(), 0u);
  EXPECT_EQ(clients.unanswered(), 31u);
}

TEST(NaiveFullBatch, CountsRequestsNotRows) {
  Scenario s(naive_full_batch({.batch_size = 2, .num_batch_threads = 1}));
  s.at(0us).arrive("a", {.rows = 500}).at(1us).arrive("b").run();
  EXPECT_THAT(s.dispatches_with_due_times(), ElementsAre("@1us q0[a,b] full due 1us lane0"));
}

TEST(NaiveFullBatch, DoesNotMixQueues) {
  Scenario s(naive_full_batch({.batch_size = 2, .num_batch_threads = 1}));
  s.at(0us).arrive("a").arrive("p", {.queue = 1}).arrive("b").run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[a,b]"));
  EXPECT_THAT(s.unanswered(), ElementsAre("p"));
}

TEST(NaiveFullBatch, TheLowestIdleLaneTakesTheBatch) {
  Scenario s(naive_full_batch({.batch_size = 1, .num_batch_threads = 3}));
  s.hold_all_batches().at(0us).arrive("a").arrive("b").arrive("c").arrive("d");
  s.at(5us).release(1).at(6us).release(0).release(2).at(7us).arrive("e").run();
  EXPECT_THAT(s.dispatches_with_due_times(),
              ElementsAre("@0ns q0[a] full due 0ns lane0", "@0ns q0[b] full due 0ns lane1",
                          "@0ns q0[c] full due 0ns lane2", "@5us q0[d] full due 0ns lane1",
                          "@7us q0[e] full due 7us lane0"));
}

TEST(NaiveFullBatch, NeverRefusesAndKeepsTheOrderOfArrival) {
  Scenario s(naive_full_batch({.batch_size = 2, .num_batch_threads = 1}));
  s.every_batch_takes(100us);
  arrive_many(s, 10);
  s.run();
  EXPECT_THAT(s.members_at(), ElementsAre("@1us q0[0,1]", "@101us q0[2,3]", "@201us q0[4,5]",
                                          "@301us q0[6,7]", "@401us q0[8,9]"));
  EXPECT_THAT(s.refusals(), IsEmpty());
}

TEST(NaiveFullBatch, RefusesWhatCouldPassTheRowsOfOneBatch) {
  constexpr std::uint32_t kLargest = kMaxBatchRows / 8;
  Scenario s(naive_full_batch({.batch_size = 8, .num_batch_threads = 1}));
  for (int i = 0; i < 8; ++i) {
    s.at(std::chrono::microseconds(i)).arrive(std::to_string(i), {.rows = kLargest});
  }
  s.at(8us).arrive("larger", {.rows = kLargest + 1}).run();
  ASSERT_EQ(s.batches().size(), 1u);
  EXPECT_EQ(s.batches()[0].record.rows, kMaxBatchRows);
  EXPECT_EQ(s.refusals().size(), 1u);
}

// Its header: queues are scanned in the order of their first request, so the first one wins.
TEST(NaiveFullBatch, ScansQueuesFromTheFirstEveryTime) {
  Scenario s(naive_full_batch({.batch_size = 1, .num_batch_threads = 1}));
  s.every_batch_takes(10us).at(0us).arrive("x").arrive("p", {.queue = 1});
  s.at(1us).arrive("a").arrive("b").run();
  EXPECT_THAT(s.members_at(),
              ElementsAre("@0ns q0[x]", "@10us q0[a]", "@20us q0[b]", "@30us q1[p]"));
}

TEST(NaiveFullBatch, RefusesWhatIsBeyondTheSystem) {
  const auto accepted = [](std::int64_t batch_size, std::int64_t threads) {
    return make_naive_full_batch({.batch_size = batch_size, .num_batch_threads = threads})
        .has_value();
  };
  EXPECT_TRUE(accepted(1, 1));
  EXPECT_FALSE(accepted(0, 1));
  EXPECT_FALSE(accepted(1, 0));
  EXPECT_TRUE(accepted(std::int64_t{kMaxRequestRows}, std::int64_t{kMaxLanes}));
  EXPECT_FALSE(accepted(std::int64_t{kMaxRequestRows} + 1, 1));
  EXPECT_FALSE(accepted(1, std::int64_t{kMaxLanes} + 1));
}

}  // namespace
}  // namespace lockstep
