// The retrier around other schedulers: what is tried again, when, and in which order (TF 2.15; R01
// and R02 are the scenarios of TF 4.7).
#include "core/schedulers/tf_retrier.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/journal.h"
#include "core/limits.h"
#include "tests/support/puppet_scheduler.h"
#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::retrying;
using support::Scenario;
using support::SchedulerUnderTest;
using support::tf_jit;
using support::tf_shared;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

SchedulerUnderTest puppet(PuppetScheduler::Act act) {
  return {.scheduler = std::make_unique<PuppetScheduler>(std::move(act))};
}

// Refuses every offer with `status` until the last of `refusals`, then takes and answers nothing.
// Writes "arrive@20us" and the like for each input.
SchedulerUnderTest stubborn(int refusals, std::vector<std::string>& log,
                            Status status = Status::kUnavailable) {
  return puppet([refusals, &log, status](const Input& input, Decisions& out) mutable {
    log.push_back(std::string(input_kind_name(input.kind)) + "@" +
                  to_text(input.now.time_since_epoch()));
    if (input.kind == InputKind::kArrive && refusals-- > 0) {
      out.finish(input.request, status, Reason::kQueueFull);
    }
  });
}

std::string refusal(const TfRetrierOptions& options) {
  const Result<std::unique_ptr<Scheduler>> made =
      make_tf_retrier(tf_shared({.num_batch_threads = 1}).scheduler, options);
  return made ? "" : made.error().message;
}

// One thread, batches of one, one place: each batch takes 250 us.
SchedulerUnderTest one_place() {
  return tf_shared({.max_batch_size = 1, .max_enqueued_batches = 1, .num_batch_threads = 1});
}

TEST(TfRetrier, DoesNotRetryWhatIsNotUnavailable) {  // R01; we have no UNKNOWN
  std::vector<std::string> log;
  Scenario s(retrying(stubborn(100, log, Status::kInternal), {}));
  s.at(3us).arrive("a").run();
  EXPECT_THAT(log, ElementsAre("arrive@3us"));
  EXPECT_THAT(s.refusals(), ElementsAre("@3us a INTERNAL queue-full"));
}

TEST(TfRetrier, SucceedsIffTheTimeAllowsTheAttempt) {  // R02
  for (const int succeeds_at : {1, 2}) {
    for (const std::int64_t time_max : {1, 2, 3, 4}) {
      std::vector<std::string> log;
      Scenario s(retrying(stubborn(succeeds_at - 1, log),
                          {.max_time_micros = time_max, .retry_delay_micros = 1}));
      s.at(0us).arrive("a").run();
      EXPECT_EQ(s.refusals().empty(), time_max >= succeeds_at);
    }
  }
}

TEST(TfRetrier, TriesAgainEachDelayAndGivesUpWhenTheNextTryWouldReachTheTime) {
  std::vector<std::string> log;
  Scenario s(retrying(stubborn(100, log), {.max_time_micros = 21, .retry_delay_micros = 7}));
  s.at(100us).arrive("a").run();
  EXPECT_THAT(log, ElementsAre("arrive@100us", "arrive@107us", "arrive@114us"));
  EXPECT_THAT(s.refusals(), ElementsAre("@114us a UNAVAILABLE queue-full"));
  log.clear();
  Scenario longer(retrying(stubborn(100, log), {.max_time_micros = 22, .retry_delay_micros = 7}));
  longer.at(100us).arrive("a").run();
  EXPECT_THAT(log, ElementsAre("arrive@100us", "arrive@107us", "arrive@114us", "arrive@121us"));
  EXPECT_THAT(longer.refusals(), ElementsAre("@121us a UNAVAILABLE queue-full"));
}

TEST(TfRetrier, WithoutTimeForOneDelayTheFirstRefusalStands) {
  for (const std::int64_t time_max : {99, 100, 101}) {
    std::vector<std::string> log;
    Scenario s(retrying(stubborn(1, log), {.max_time_micros = time_max}));  // delay 100 us
    s.at(0us).arrive("a").run();
    EXPECT_EQ(log.size(), time_max > 100 ? 2u : 1u);
  }
}

TEST(TfRetrier, UpstreamsDefaultsAreAHundredTriesInTenMilliseconds) {
  std::vector<std::string> log;
  Scenario s(retrying(stubborn(1000, log), {}));
  s.at(0us).arrive("a").run();
  EXPECT_EQ(log.size(), 100u);
  EXPECT_THAT(s.refusals(), ElementsAre("@9ms900us a UNAVAILABLE queue-full"));
}

TEST(TfRetrier, ARetryFindsTheLaneThatACompletionOfItsInstantFreed) {
  // "a" runs, "b" fills the one place, "c" is refused at 0 and tries at 100, 200 and 300 us.
  for (const auto takes : {200'000ns, 200'001ns}) {
    Scenario s(retrying(one_place(), {.max_time_micros = 1000}));
    s.every_batch_takes(takes).at(0us).arrive("a").arrive("b").arrive("c");
    s.at(250us).probe(0).run();
    EXPECT_EQ(s.seen_probes()[0].counters.enqueued_requests, takes == 200us ? 1u : 0u);
    EXPECT_THAT(s.refusals(), IsEmpty());
    EXPECT_EQ(s.answers().size(), 3u);
  }
}

TEST(TfRetrier, TheInnerTimeOutComesBeforeARetryOfItsInstant) {
  // "a" waits for its time-out at 100 us, and "b" does not fit. At 100 us the batch has left and b
  // is taken; at 99 us it is refused once more.
  const auto run = [](std::int64_t delay) {
    Scenario s(retrying(tf_shared({.max_batch_size = 4,
                                   .batch_timeout_micros = 100,
                                   .max_enqueued_batches = 1,
                                   .num_batch_threads = 1}),
                        {.max_time_micros = 1000, .retry_delay_micros = delay}));
    s.at(0us).arrive("a", {.rows = 3}).arrive("b", {.rows = 2}).run();
    return s.members_at();
  };
  EXPECT_THAT(run(100), ElementsAre("@100us q0[a]", "@200us q0[b]"));
  EXPECT_THAT(run(99), ElementsAre("@100us q0[a]", "@298us q0[b]"));
}

TEST(TfRetrier, ARetryComesBeforeAnArrivalOfItsInstant) {
  // At 100 us there is one place again, for whoever comes first.
  const auto run = [](std::chrono::nanoseconds newcomer) {
    Scenario s(retrying(one_place(), {.max_time_micros = 150}));
    s.every_batch_takes(60us).at(0us).arrive("a").arrive("b").arrive("retried");
    s.at(newcomer).arrive("new").run();
    return s.refusals();
  };
  EXPECT_THAT(run(100us), ElementsAre());  // "new" is taken at 200 us, when b is through
  EXPECT_THAT(run(99'999ns), ElementsAre("@100us retried UNAVAILABLE queue-full"));
}

TEST(TfRetrier, RetriesOfOneInstantComeInTheOrderOfArrival) {
  std::vector<std::string> log;
  Scenario s(retrying(puppet([&log](const Input& input, Decisions& out) {
                        log.push_back(std::to_string(input.request.index()) + "@" +
                                      to_text(input.now.time_since_epoch()));
                        out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
                      }),
                      {.max_time_micros = 250}));
  s.at(0us).arrive("A").arrive("B").at(50us).arrive("C").at(100us).arrive("D").run();
  EXPECT_THAT(log, ElementsAre("0@0ns", "1@0ns", "2@50us", "0@100us", "1@100us", "3@100us",
                               "2@150us", "0@200us", "1@200us", "3@200us", "2@250us", "3@300us"));
}

TEST(TfRetrier, PassesAnEvictionThrough) {
  // Nothing is ever assembled. "S" waits, "C" takes its place, and "T" finds no victim.
  Scenario s(retrying(tf_jit({.num_batch_threads = 1, .max_queue_size = 1, .max_ready_batches = 0}),
                      {.max_time_micros = 150}));
  s.at(0us).arrive("S", {.priority = 1}).at(5us).arrive("C", {.priority = 3});
  s.at(7us).arrive("T", {.priority = 1}).run();
  EXPECT_THAT(s.refusals(),
              ElementsAre("@5us S UNAVAILABLE evicted", "@107us T UNAVAILABLE queue-full"));
}

TEST(TfRetrier, ARetriedRequestMayEvictAndMayBeEvicted) {
  // "S2" is refused at 0 and takes the free place at 100 us; "C" evicts it for good.
  Scenario s(retrying(tf_jit({.num_batch_threads = 1, .max_batch_size = 1, .max_queue_size = 1}),
                      {.max_time_micros = 10'000}));
  s.every_batch_takes(90us).at(0us).arrive("run").arrive("ready").arrive("S1", {.priority = 1});
  s.arrive("S2", {.priority = 1}).at(120us).arrive("C").at(130us).arrive("C+", {.priority = 4});
  s.run();
  EXPECT_THAT(s.refusals(),
              ElementsAre("@120us S2 UNAVAILABLE evicted", "@130us C UNAVAILABLE evicted"));
  EXPECT_THAT(s.members_at(),
              ElementsAre("@0ns q0[run]", "@90us q0[ready]", "@180us q0[S1]", "@270us q0[C+]"));
}

TEST(TfRetrier, KeepsTheInnerWakeUpBesideItsOwn) {
  // The inner one wakes every 30 us, three times; retries come every 20 us.
  std::vector<std::string> log;
  int wakes = 0;
  Scenario s(retrying(puppet([&](const Input& input, Decisions& out) {
                        log.push_back(std::string(input_kind_name(input.kind)) + "@" +
                                      to_text(input.now.time_since_epoch()));
                        if (input.kind == InputKind::kArrive) {
                          out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
                        }
                        if ((input.kind == InputKind::kTimer && wakes < 3) || wakes == 0) {
                          ++wakes;
                          out.wake(input.now + 30us);
                        }
                      }),
                      {.max_time_micros = 65, .retry_delay_micros = 20}));
  s.at(0us).arrive("a").run();
  EXPECT_THAT(log, ElementsAre("arrive@0ns", "arrive@20us", "timer@30us", "arrive@40us",
                               "timer@60us", "arrive@60us", "timer@90us"));
}

TEST(TfRetrier, AnInnerWakeUpThatIsTakenBackDoesNotCome) {
  std::vector<std::string> log;
  Scenario s(retrying(puppet([&log](const Input& input, Decisions& out) {
                        log.push_back(std::string(input_kind_name(input.kind)) + "@" +
                                      to_text(input.now.time_since_epoch()));
                        out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
                        out.wake(log.size() == 1 ? input.now + 30us : kForever);
                      }),
                      {.max_time_micros = 30, .retry_delay_micros = 20}));
  s.at(0us).arrive("a").run();
  EXPECT_THAT(log, ElementsAre("arrive@0ns", "arrive@20us"));
  EXPECT_EQ(s.server().wake_at(), kForever);
}

// A driver of a real device may deliver a timer late, and other inputs before it.
TEST(TfRetrier, StandsTimersThatComeLate) {
  std::vector<std::string> log;
  Result<std::unique_ptr<Scheduler>> made =
      make_tf_retrier(puppet([&log](const Input& input, Decisions& out) {
                        log.push_back(std::to_string(input.request.index()) + "@" +
                                      std::to_string(ns_of(input.now)));
                        if (input.kind == InputKind::kArrive) {
                          out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
                          // Asked for once, before the retries are due, and taken back late.
                          out.wake(input.now < at_ns(5) ? at_ns(900) : kForever);
                        }
                      }).scheduler,
                      {.max_time_micros = 3, .retry_delay_micros = 1});
  ASSERT_TRUE(made);
  Server server(std::move(*made), {}, nullptr);
  server.arrive({.time = at_ns(0)});
  EXPECT_EQ(server.wake_at(), at_ns(900));
  server.arrive({.time = at_ns(2000)});  // past both the inner wake-up and the retry
  EXPECT_EQ(server.wake_at(), at_ns(2001));
  server.timer(at_ns(2100));
  EXPECT_THAT(log, ElementsAre("0@0", "1@2000", "0@2100"));
  EXPECT_EQ(server.totals().refused, 1u);  // 2100 + 1000 ns - 0 reaches the 3 us
}

TEST(TfRetrier, WithoutDelayTriesAfterEachInputAndOnceMoreAtTheEnd) {
  // The place gets free at 250 us: before the time is over, at its end, or too late.
  for (const std::int64_t time_max : {251, 250, 249}) {
    Scenario s(retrying(one_place(), {.max_time_micros = time_max, .retry_delay_micros = 0}));
    s.every_batch_takes(250us).at(0us).arrive("a").arrive("b").arrive("c").arrive("d").run();
    const auto over = std::to_string(time_max) + "us";
    if (time_max < 250) {
      EXPECT_THAT(s.refusals(), ElementsAre("@249us c UNAVAILABLE queue-full",
                                            "@249us d UNAVAILABLE queue-full"));
    } else {
      EXPECT_THAT(s.refusals(), ElementsAre("@" + over + " d UNAVAILABLE queue-full"));
      EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[a]", "@250us q0[b]", "@500us q0[c]"));
    }
  }
}

TEST(TfRetrier, WithoutDelayTheWaitingKeepTheirOrder) {
  std::vector<std::string> log;
  Scenario s(retrying(puppet([&log](const Input& input, Decisions& out) {
                        log.push_back(std::to_string(input.request.index()) + "@" +
                                      to_text(input.now.time_since_epoch()));
                        out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
                      }),
                      {.max_time_micros = 10, .retry_delay_micros = 0}));
  s.at(0us).arrive("A").at(3us).arrive("B").at(4us).arrive("C").run();
  EXPECT_THAT(log, ElementsAre("0@0ns", "1@3us", "0@3us", "2@4us", "0@4us", "1@4us", "0@10us",
                               "1@10us", "2@10us", "1@13us", "2@13us", "2@14us"));
}

TEST(TfRetrier, WithoutDelayEverybodyHasATurnAtEachInputOfOneInstant) {
  std::vector<std::string> log;
  Scenario s(retrying(puppet([&log](const Input& input, Decisions& out) {
                        log.push_back(std::to_string(input.request.index()) + "@" +
                                      to_text(input.now.time_since_epoch()));
                        out.finish(input.request, Status::kUnavailable, Reason::kQueueFull);
                      }),
                      {.max_time_micros = 10, .retry_delay_micros = 0}));
  s.at(0us).arrive("A").arrive("B").arrive("C").run();
  EXPECT_THAT(log, ElementsAre("0@0ns", "1@0ns", "0@0ns", "2@0ns", "0@0ns", "1@0ns", "0@10us",
                               "1@10us", "2@10us"));
}

TEST(TfRetrier, WithNeitherTimeNorDelayTheFirstRefusalStands) {
  std::vector<std::string> log;
  Scenario s(retrying(stubborn(1, log), {.max_time_micros = 0, .retry_delay_micros = 0}));
  s.at(0us).arrive("a").run();
  EXPECT_THAT(s.refusals(), ElementsAre("@0ns a UNAVAILABLE queue-full"));
}

TEST(TfRetrier, ClosingDoesNotEndARequestThatWaitsForItsRetry) {
  Scenario s(retrying(one_place(), {.max_time_micros = 1000}));
  s.every_batch_takes(50us).at(0us).arrive("a").arrive("b").arrive("c").at(20us).close_queue(0);
  s.run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[a]", "@50us q0[b]", "@100us q0[c]"));
}

TEST(TfRetrier, AnswersForItsInnerSchedulerWhatIsEnqueued) {
  // "a" runs, "b" waits, "c" is outside until its retry.
  Scenario s(retrying(one_place(), {}));
  s.every_batch_takes(250us).at(0us).arrive("a").arrive("b").arrive("c").probe(0).run();
  EXPECT_THAT(s.probes(), ElementsAre("@0ns q0: 1 requests, 1 rows, 1 batches, room 0"));
}

// Its queue had left the list of rank_queues by then, and nobody looked at an empty list.
TEST(TfRetrier, IsServedAfterItsClosedQueueWasEmpty) {
  Scenario s(retrying(tf_shared({.max_batch_size = 1,
                                 .max_enqueued_batches = 1,
                                 .num_batch_threads = 1,
                                 .rank_queues = true}),
                      {.max_time_micros = 1000, .retry_delay_micros = 300}));
  s.every_batch_takes(50us).at(0us).arrive("a").arrive("b").arrive("c").at(20us).close_queue(0);
  s.run();
  EXPECT_THAT(s.members_at(), ElementsAre("@0ns q0[a]", "@50us q0[b]", "@300us q0[c]"));
}

// Two that come into a closed queue at one instant: the first is due by flush, both are full.
TEST(TfRetrier, WhoFillsABatchOfAClosedQueueMakesItFull) {
  for (const bool splits : {false, true}) {
    TfSharedOptions options{.max_batch_size = 2, .max_enqueued_batches = 1, .num_batch_threads = 1};
    options.extras.enable_large_batch_splitting = splits;
    options.extras.max_execution_batch_size = 2;
    Scenario s(retrying(tf_shared(options), {.max_time_micros = 1000, .retry_delay_micros = 0}));
    s.every_batch_takes(50us).at(0us).arrive("a").arrive("b").arrive("c").arrive("d").arrive("e");
    s.at(0us).close_queue(0).run();
    EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[a] greedy lane0", "@50us q0[b,c] full lane0",
                                            "@100us q0[d,e] full lane0"))
        << splits;
  }
}

TEST(TfRetrier, PromisesLessOnceItCanRetry) {
  const auto promises = [](const TfRetrierOptions& options) {
    return (*make_tf_retrier(one_place().scheduler, options))->promises();
  };
  const Promises never = promises({.max_time_micros = 100, .retry_delay_micros = 100});
  EXPECT_TRUE(never.fifo_per_queue && never.work_conserving && never.timeout_bound &&
              never.starvation_free && never.drains_on_close);
  const Promises once = promises({.max_time_micros = 101, .retry_delay_micros = 100});
  EXPECT_TRUE(once.starvation_free);
  EXPECT_FALSE(once.fifo_per_queue || once.work_conserving || once.timeout_bound ||
               once.drains_on_close || once.cancellable);
}

TEST(TfRetrier, ChecksItsOptionsInUpstreamsOrderAndWords) {
  EXPECT_EQ(refusal({.max_time_micros = -1, .retry_delay_micros = -2}),
            "max_time_micros must be non-negative; was -1");
  EXPECT_EQ(refusal({.retry_delay_micros = -2}), "retry_delay_micros must be non-negative; was -2");
  EXPECT_EQ(refusal({.max_time_micros = 0, .retry_delay_micros = 0}), "");
  EXPECT_EQ(refusal({}), "");
  EXPECT_EQ(refusal({.max_time_micros = INT64_MAX}),
            "max_time_micros must be at most 1152921504606846; was 9223372036854775807");
  EXPECT_EQ(refusal({.max_time_micros = 0, .retry_delay_micros = kMaxTimeNs / 1000}), "");
  EXPECT_NE(refusal({.max_time_micros = 0, .retry_delay_micros = kMaxTimeNs / 1000 + 1}), "");
}

}  // namespace
}  // namespace lockstep
