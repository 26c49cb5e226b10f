// Clients in blocking style on the virtual clock, against real schedulers.
#include "sim/clients.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/tf_shared.h"
#include "sim/client_tools.h"
#include "sim/simulation.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

std::unique_ptr<Scheduler> tf_of(const TfSharedOptions& options) {
  return std::move(*make_tf_shared(options));
}
std::unique_ptr<Scheduler> one_thread() {
  return tf_of({.max_batch_size = 4, .batch_timeout_micros = 100, .num_batch_threads = 1});
}
std::unique_ptr<Scheduler> naive(std::int64_t batch_size) {
  return std::move(*make_naive_full_batch({.batch_size = batch_size, .num_batch_threads = 1}));
}

struct World {
  explicit World(std::unique_ptr<Scheduler> scheduler, const std::string& gpu = "1ms")
      : server(std::move(scheduler), ServerOptions{.lane_count = 1}, &clients),
        options{.device = {.compute = *parse_service_curve(gpu + "+0us/row")}} {}
  SimulationResult run() { return *simulate(options, clients, server); }

  Clients clients{1, nullptr};
  Server server;
  SimulationOptions options;
};

std::string text(const Answer& answer) {
  return std::string(status_name(answer.status)) + " after " + to_text(answer.latency) +
         (answer.gave_up ? ", gave up" : "");
}

// The blog's ten threads: each sends, waits for its answer, sends again.
std::uint64_t answered_of_ten_threads(std::unique_ptr<Scheduler> scheduler) {
  World world(std::move(scheduler));
  std::uint64_t answers = 0;
  for (int thread = 0; thread < 10; ++thread) {
    world.clients.add([&](Client& client) {
      for (int round = 0; round < 100; ++round) {
        answers += client.call({}).ok() ? 1u : 0u;
      }
    });
  }
  const SimulationResult result = world.run();
  EXPECT_EQ(result.unanswered, world.clients.waiting_count());
  return answers;
}

TEST(Clients, TenThreadsStarveAtTheNaiveHandlerOf32) {
  EXPECT_EQ(answered_of_ten_threads(naive(32)), 0u);
  EXPECT_EQ(answered_of_ten_threads(naive(11)), 0u);
}

TEST(Clients, TenThreadsAreServedByBatchesOfTen) {
  EXPECT_EQ(answered_of_ten_threads(naive(10)), 1000u);
}

TEST(Clients, TenThreadsAreServedByTheTimeOutOfTfServing) {
  EXPECT_EQ(answered_of_ten_threads(tf_of(
                {.max_batch_size = 32, .batch_timeout_micros = 2000, .num_batch_threads = 4})),
            1000u);
}

// Alone in its batch a request is answered 100 us + 1 ms after it was sent.
TEST(Clients, AnAnswerAtTheDeadlineIsInTime) {
  World world(one_thread());
  std::vector<std::string> answers;
  world.clients.add([&](Client& client) {
    answers.push_back(text(client.call({.timeout = 1'100us})));
    answers.push_back(text(client.call({.timeout = 1'100us - 1ns})));
    answers.push_back(text(client.call({})));
  });
  world.run();
  // The second is executed all the same: nobody waits for it, but it was too late to cancel it.
  EXPECT_THAT(answers,
              ElementsAre("OK after 1ms100us", "DEADLINE_EXCEEDED after 1ms99us999ns, gave up",
                          "OK after 1ms100us"));
  EXPECT_EQ(world.server.totals().answered, 3u);
}

TEST(Clients, OfOneInstantActAfterItsCompletionsInTheOrderOfWaking) {
  World world(one_thread());
  std::vector<std::string> order;
  const auto add = [&](const std::string& name, SimDuration first, SimDuration second) {
    world.clients.add([&order, name, first, second](Client& client) {
      client.think(first);
      client.think(second);
      order.push_back(name + " at " + to_text(client.now().time_since_epoch()));
    });
  };
  add("late", 2ms, 3ms);   // woken for 5 ms at 2 ms
  add("early", 1ms, 4ms);  // woken for 5 ms at 1 ms
  add("first", 0ms, 4ms);
  world.run();
  EXPECT_THAT(order, ElementsAre("first at 4ms", "early at 5ms", "late at 5ms"));
}

TEST(Clients, SendSeveralAndWaitInAnyOrder) {
  World world(one_thread());
  std::vector<std::string> answers;
  world.clients.add([&](Client& client) {
    const Ticket a = client.send({.size = 4});
    const Ticket b = client.send({.size = 2});
    const Ticket c = client.send({.size = 2});
    EXPECT_EQ(client.now(), SimTime{});
    answers.push_back("c " + text(client.wait(c)));
    answers.push_back("a " + text(client.wait(a)));
    answers.push_back("b " + text(client.wait(b)));
    EXPECT_EQ(client.now(), at_ns(2'000'000));
  });
  world.run();
  EXPECT_THAT(answers, ElementsAre("c OK after 2ms", "a OK after 1ms", "b OK after 2ms"));
}

// With lazy filtering a cancelled request leaves the queue, and nothing of it is executed.
TEST(Clients, CancelWhatTheServerHasNotStarted) {
  TfSharedOptions options{.max_batch_size = 4, .batch_timeout_micros = 100, .num_batch_threads = 1};
  options.extras.enable_priority_aware_batch_scheduler = true;
  options.extras.enable_lazy_cancellation_filtering = true;
  World world(tf_of(options));
  std::vector<std::string> answers;
  world.clients.add([&](Client& client) {
    const Ticket running = client.send({.size = 4});
    const Ticket waiting = client.send({.size = 4});
    client.think(10us);
    client.cancel(waiting);
    answers.push_back(text(client.wait(waiting)));
    client.cancel(running);  // too late: the server goes on, the client does not wait
    answers.push_back(text(client.wait(running)));
    answers.push_back(text(client.call({.size = 4})));
  });
  world.run();
  EXPECT_THAT(answers, ElementsAre("CANCELLED after 10us, gave up", "CANCELLED after 10us, gave up",
                                   "OK after 1ms990us"));
  EXPECT_EQ(world.server.totals().batches, 2u);
}

TEST(Clients, ACancelledRequestThatWasNotSentYetIsNotSent) {
  World world(one_thread());
  world.clients.add([](Client& client) {
    const Ticket ticket = client.send({});
    client.cancel(ticket);
    EXPECT_EQ(client.wait(ticket).status, Status::kCancelled);
  });
  world.run();
  EXPECT_EQ(world.server.totals().arrived, 0u);
}

TEST(Clients, DrawFromStreamsOfTheirOwn) {
  const auto second_client_draws = [](int draws_of_the_first) {
    World world(one_thread());
    std::uint64_t drawn = 0;
    world.clients.add([draws_of_the_first](Client& client) {
      for (int i = 0; i < draws_of_the_first; ++i) {
        (void)client.random().next();
      }
    });
    world.clients.add([&](Client& client) { drawn = client.random().next(); });
    world.run();
    return drawn;
  };
  EXPECT_EQ(second_client_draws(0), second_client_draws(5));
  EXPECT_EQ(second_client_draws(0), Prng(1, "client.1").next());
}

TEST(Clients, ThatNeverThinkAreNamedAndNotWaitedFor) {
  World world(tf_of({.max_batch_size = 1, .num_batch_threads = 1}));
  world.clients.add([](Client& client) {
    while (true) {
      (void)client.call({.size = 2});  // refused at once: too large
    }
  });
  const Result<SimulationResult> result = simulate(world.options, world.clients, world.server);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("found clients that act without end at 0ns"));
}

TEST(Clients, AFailedCheckOfAProgramEndsTheRun) {
  const CheckHandler before = set_check_handler(&throwing_check_handler);
  World world(one_thread());
  world.clients.add([](Client& client) { client.think(-1ns); });
  EXPECT_THROW(world.run(), CheckFailed);
  set_check_handler(before);
}

// A program that waits for ever is unwound when its clients go: what it holds is freed.
TEST(Clients, AreUnwoundWhenTheirAnswerNeverComes) {
  struct Note {
    explicit Note(int& freed_count) : freed(freed_count) {}
    ~Note() { ++freed; }
    int& freed;
  };
  int freed = 0;
  {
    World world(naive(2));
    world.clients.add([&](Client& client) {
      const Note note(freed);
      (void)client.call({});
    });
    world.run();
    EXPECT_EQ(world.clients.waiting_count(), 1u);
    EXPECT_EQ(freed, 0);
  }
  EXPECT_EQ(freed, 1);
}

// --- retries, slots ------------------------------------------------------------------------------

// A queue that has room for one batch of one row; the thread is busy for 10 ms at a time.
std::unique_ptr<Scheduler> little_room() {
  return tf_of({.max_batch_size = 1, .max_enqueued_batches = 1, .num_batch_threads = 1});
}

std::string retried(const RetryOptions& options) {
  World world(little_room(), "10ms");
  std::string seen;
  world.clients.add([](Client& client) {
    const Ticket running = client.send({});
    const Ticket waiting = client.send({});
    (void)client.wait(running);
    (void)client.wait(waiting);
  });
  world.clients.add([&](Client& client) {
    const RetriedAnswer answer = call_with_retries(client, {}, options);
    seen = std::to_string(answer.attempts) + " attempts: " + text(answer.answer);
  });
  world.run();
  return seen;
}

// Tries at 0, 1, 3, 7 and 15 ms; there is room from 10 ms on, and the answer comes at 30 ms.
TEST(Retries, BackOffUntilThereIsRoom) {
  EXPECT_EQ(retried({.delay = 1ms}), "5 attempts: OK after 30ms");
  EXPECT_EQ(retried({.delay = 1ms, .delay_max = 2ms}), "7 attempts: OK after 30ms");
}

TEST(Retries, AtTheInstantAtWhichThereIsRoomFindIt) {
  EXPECT_EQ(retried({.delay = 10ms}), "2 attempts: OK after 30ms");
  EXPECT_EQ(retried({.delay = 10ms - 1ns, .multiplier = 1}), "3 attempts: OK after 30ms");
}

// TF 2.15: the next try would begin max_time or more after the first: it is not made.
TEST(Retries, EndBeforeTheirTimeIsOver) {
  EXPECT_EQ(retried({.delay = 1ms, .retry_for = 3ms}), "2 attempts: UNAVAILABLE after 1ms");
  EXPECT_EQ(retried({.delay = 1ms, .retry_for = 3ms + 1ns}), "3 attempts: UNAVAILABLE after 3ms");
}

TEST(Retries, EndAfterTheLastAttempt) {
  EXPECT_EQ(retried({.delay = 1ms, .attempts_max = 1}), "1 attempts: UNAVAILABLE after 0ns");
  EXPECT_EQ(retried({.delay = 1ms, .attempts_max = 4}), "4 attempts: UNAVAILABLE after 7ms");
}

TEST(Retries, OfRequestsThatAreWrongAreNotMade) {
  World world(little_room());
  std::uint32_t attempts = 0;
  world.clients.add(
      [&](Client& client) { attempts = call_with_retries(client, {.size = 2}, {}).attempts; });
  world.run();
  EXPECT_EQ(attempts, 1u);
}

TEST(Slots, BoundWhatIsUnderwayAndServeInOrder) {
  World world(tf_of({.max_batch_size = 1, .num_batch_threads = 1}));
  Slots slots(2);
  int underway = 0;
  int most = 0;
  std::vector<std::string> order;
  for (int number = 0; number < 5; ++number) {
    world.clients.add([&, number](Client& client) {
      const SlotHolder holder(slots, client);
      most = std::max(most, ++underway);
      (void)client.call({});
      --underway;
      order.push_back(std::to_string(number) + " at " + to_text(client.now().time_since_epoch()));
    });
  }
  world.run();
  EXPECT_EQ(most, 2);
  EXPECT_THAT(order, ElementsAre("0 at 1ms", "1 at 2ms", "2 at 3ms", "3 at 4ms", "4 at 5ms"));
}

}  // namespace
}  // namespace lockstep
