// What a foreign scheduler may not say, and the words in which it is told so.
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/server.h"
#include "properties/plugin/foreign_scheduler.h"
#include "properties/plugin/scheduler_fault.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

using Act = std::function<void(const lockstep_input&, DecisionGuard&)>;

class Puppet final : public ForeignPeer {
 public:
  explicit Puppet(Act act) : act_(std::move(act)) {}
  void step(const lockstep_input& input, DecisionGuard& guard) override { act_(input, guard); }

 private:
  Act act_;
};

ForeignDescription puppet_description() {
  return {.name = "puppet",
          .goal = "does what the test says",
          .options = {{.name = "rows", .unit = "rows", .default_text = "8", .help = ""},
                      {.name = "lanes", .unit = "", .default_text = "2", .help = ""}},
          .lane_option = "lanes",
          .batch_option = "rows",
          .promises = {},
          .needs = {}};
}

Result<std::shared_ptr<const ForeignScheduler>> puppet(Act act, ForeignDescription description) {
  return ForeignScheduler::create(
      {.where = "the test", .rules_version = "puppet", .progress = nullptr}, std::move(description),
      [act](const ForeignConfig&) -> Result<std::unique_ptr<ForeignPeer>> {
        return std::make_unique<Puppet>(act);
      });
}

// A server of two lanes and batches of 8 rows, around a puppet.
class Driven {
 public:
  explicit Driven(Act act) : foreign_(puppet(std::move(act), puppet_description()).value()) {
    const OptionValues values = complete_options(foreign_->info(), {}, 1).value();
    server_ = std::make_unique<Server>(foreign_->info().make({.values = values}).value(),
                                       ServerOptions{.lane_count = 2}, nullptr);
  }
  Server* operator->() { return server_.get(); }

 private:
  std::shared_ptr<const ForeignScheduler> foreign_;
  std::unique_ptr<Server> server_;
};

Arrival rows_at(std::int64_t ns, std::uint32_t rows, std::uint32_t queue = 0) {
  return {.time = at_ns(ns), .queue = QueueId{queue}, .size = rows};
}

lockstep_start start_of(std::uint64_t batch, const std::vector<lockstep_piece>& pieces) {
  lockstep_start start{};
  start.size = sizeof(start);
  start.batch = batch;
  start.sealed = 1;
  start.opened_ns = LOCKSTEP_UNSET;
  start.due_ns = LOCKSTEP_UNSET;
  start.pieces = pieces.data();
  start.piece_count = pieces.size();
  return start;
}

// What is said of `decide`, called when request 1 arrives; request 0, of 4 rows, waits since 10 ns.
std::string said_of(const std::function<void(DecisionGuard&)>& decide) {
  Driven server([&](const lockstep_input& input, DecisionGuard& guard) {
    if (input.request == 1) {
      decide(guard);
    }
  });
  server->arrive(rows_at(10, 4));
  try {
    server->arrive(rows_at(20, 4, 1));
  } catch (const SchedulerFault& fault) {
    return fault.what();
  }
  return "nothing";
}

std::string said_of_start(const std::function<void(lockstep_start&)>& change) {
  const std::vector<lockstep_piece> pieces = {{.request = 0, .first_row = 0, .rows = 4}};
  return said_of([&](DecisionGuard& guard) {
    lockstep_start start = start_of(0, pieces);
    change(start);
    guard.start(start);
  });
}

std::string said_of_pieces(const std::vector<lockstep_piece>& pieces) {
  return said_of_start([&](lockstep_start& start) {
    start.pieces = pieces.data();
    start.piece_count = pieces.size();
  });
}

TEST(DecisionGuard, NamesTheStepAndTheSeed) {
  EXPECT_EQ(said_of_start([](lockstep_start& start) { start.lane = 2; }),
            "scheduler puppet: start of batch 0: found lane 2, expected one of 0 to 1 (input 1, "
            "arrive, at 20ns; seed 1)");
  EXPECT_EQ(said_of_start([](lockstep_start& start) { start.lane = 1; }), "nothing");
}

TEST(DecisionGuard, KeepsStartsToTheRules) {
  EXPECT_THAT(said_of_start([](lockstep_start& start) { start.batch = 1; }),
              HasSubstr("start of batch 1: expected batch 0"));
  EXPECT_THAT(said_of_start([](lockstep_start& start) { start.queue = 70'000; }),
              HasSubstr("found queue 70000"));
  EXPECT_THAT(said_of_start([](lockstep_start& start) { start.reason = kReasonCount; }),
              HasSubstr("found reason 24, expected one of 0 to 23"));
  EXPECT_THAT(said_of_start([](lockstep_start& start) { start.pieces = nullptr; }),
              HasSubstr("found no pieces where 1 were announced"));
  EXPECT_THAT(said_of_start([](lockstep_start& start) { start.piece_count = 0; }),
              HasSubstr("found no requests"));
  EXPECT_THAT(
      said_of([](DecisionGuard& guard) {
        const std::vector<lockstep_piece> first = {{.request = 0, .first_row = 0, .rows = 4}};
        const std::vector<lockstep_piece> second = {{.request = 1, .first_row = 0, .rows = 4}};
        guard.start(start_of(0, first));
        lockstep_start again = start_of(1, second);
        again.queue = 1;
        guard.start(again);
      }),
      HasSubstr("start of batch 1: found lane 0, which runs batch 0"));
}

TEST(DecisionGuard, LetsABatchHaveAsManyRowsAsItsOptionSaysAndNoMore) {
  EXPECT_EQ(said_of_start([](lockstep_start& start) { start.padded_rows = 8; }), "nothing");
  EXPECT_THAT(said_of_start([](lockstep_start& start) { start.padded_rows = 9; }),
              HasSubstr("found 9 rows, expected at most 8 (rows)"));
}

TEST(DecisionGuard, TakesTimesUpToNow) {
  EXPECT_EQ(said_of_start([](lockstep_start& start) { start.due_ns = 20; }), "nothing");
  EXPECT_THAT(said_of_start([](lockstep_start& start) { start.due_ns = 21; }),
              HasSubstr("found opened 10ns and due 21ns, expected opened <= due <= 20ns"));
  EXPECT_THAT(said_of_start([](lockstep_start& start) {
                start.opened_ns = 12;
                start.due_ns = 11;
              }),
              HasSubstr("found opened 12ns and due 11ns"));
  EXPECT_EQ(said_of([](DecisionGuard& guard) { guard.wake(21); }), "nothing");
  EXPECT_THAT(said_of([](DecisionGuard& guard) { guard.wake(20); }),
              HasSubstr("wake: found 20ns, expected a time after 20ns"));
}

TEST(DecisionGuard, KeepsPiecesToTheRowsThatAreLeft) {
  EXPECT_EQ(said_of_pieces({{.request = 0, .first_row = 0, .rows = 4}}), "nothing");
  EXPECT_EQ(said_of_pieces({{.request = 0, .first_row = 0, .rows = 1},
                            {.request = 0, .first_row = 1, .rows = 3}}),
            "nothing");
  EXPECT_THAT(said_of_pieces({{.request = 0, .first_row = 0, .rows = 5}}),
              HasSubstr("found 5 rows from row 0 of request 0, expected 1 to 4 from row 0"));
  EXPECT_THAT(said_of_pieces({{.request = 0, .first_row = 1, .rows = 3}}),
              HasSubstr("found 3 rows from row 1 of request 0, expected 1 to 4 from row 0"));
  EXPECT_THAT(said_of_pieces({{.request = 0, .first_row = 0, .rows = 0}}),
              HasSubstr("found 0 rows"));
  EXPECT_THAT(said_of_pieces({{.request = 0, .first_row = 0, .rows = 4},
                              {.request = 0, .first_row = 4, .rows = 1}}),
              HasSubstr("all its rows are in batches already"));
  EXPECT_THAT(said_of_pieces({{.request = 1, .first_row = 0, .rows = 4}}),
              HasSubstr("found request 1 of queue 1, expected one of queue 0"));
  EXPECT_THAT(said_of_pieces({{.request = 2, .first_row = 0, .rows = 4}}),
              HasSubstr("found request 2, expected one that was accepted and has not ended"));
  EXPECT_THAT(said_of_pieces({{.request = UINT64_MAX, .first_row = 0, .rows = 4}}),
              HasSubstr("found request 18446744073709551615"));
}

TEST(DecisionGuard, LetsARequestEndOnce) {
  EXPECT_EQ(said_of([](DecisionGuard& guard) { guard.finish(0, LOCKSTEP_UNAVAILABLE, 7); }),
            "nothing");
  EXPECT_THAT(said_of([](DecisionGuard& guard) {
                guard.finish(0, LOCKSTEP_UNAVAILABLE, 7);
                guard.finish(0, LOCKSTEP_UNAVAILABLE, 7);
              }),
              HasSubstr("finish of request 0: found a request that has ended or never came"));
  EXPECT_THAT(said_of([](DecisionGuard& guard) { guard.finish(0, kStatusCount, 7); }),
              HasSubstr("found status 8, expected one of 0 to 7"));
  EXPECT_THAT(
      said_of([](DecisionGuard& guard) {
        guard.finish(0, LOCKSTEP_UNAVAILABLE, 7);
        const std::vector<lockstep_piece> pieces = {{.request = 0, .first_row = 0, .rows = 4}};
        guard.start(start_of(0, pieces));
      }),
      HasSubstr("start of batch 0: found request 0, expected one that was accepted"));
}

// Starts request 0 at once on lane 0; then `act` decides.
Act after_start(const Act& act, bool sealed = true) {
  return [=](const lockstep_input& input, DecisionGuard& guard) {
    if (input.sequence == 0) {
      const std::vector<lockstep_piece> pieces = {{.request = 0, .first_row = 0, .rows = 4}};
      lockstep_start start = start_of(0, pieces);
      start.sealed = sealed ? 1 : 0;
      guard.start(start);
    } else {
      act(input, guard);
    }
  };
}

std::string said_when_done(const Act& act) {
  Driven server(after_start(act));
  server->arrive(rows_at(10, 4));
  try {
    server->batch_done({.now = at_ns(50), .lane = LaneId{0}});
  } catch (const SchedulerFault& fault) {
    return fault.what();
  }
  return "nothing";
}

TEST(DecisionGuard, WantsABatchFinishedOnceAndInItsStep) {
  EXPECT_EQ(said_when_done([](const lockstep_input& input, DecisionGuard& guard) {
              guard.finish_batch(input.batch, LOCKSTEP_OK, LOCKSTEP_REASON_ANSWERED);
            }),
            "nothing");
  EXPECT_THAT(said_when_done([](const lockstep_input&, DecisionGuard&) {}),
              HasSubstr("batch-done of batch 0: found no finish_batch in the step"));
  EXPECT_THAT(said_when_done([](const lockstep_input& input, DecisionGuard& guard) {
                guard.finish_batch(input.batch, LOCKSTEP_OK, LOCKSTEP_REASON_ANSWERED);
                guard.finish_batch(input.batch, LOCKSTEP_OK, LOCKSTEP_REASON_ANSWERED);
              }),
              HasSubstr("finish_batch of batch 0: found no batch to finish"));
  EXPECT_THAT(said_when_done([](const lockstep_input&, DecisionGuard& guard) {
                guard.finish_batch(1, LOCKSTEP_OK, LOCKSTEP_REASON_ANSWERED);
              }),
              HasSubstr("finish_batch of batch 1: expected batch 0, which this input ended"));
  // The batch answers its requests: none of them ends again.
  EXPECT_THAT(said_when_done([](const lockstep_input& input, DecisionGuard& guard) {
                guard.finish_batch(input.batch, LOCKSTEP_OK, LOCKSTEP_REASON_ANSWERED);
                guard.finish(0, LOCKSTEP_OK, LOCKSTEP_REASON_ANSWERED);
              }),
              HasSubstr("finish of request 0: found a request that has ended"));
}

TEST(DecisionGuard, LetsABatchGrowUntilItIsSealed) {
  const std::vector<lockstep_piece> pieces = {{.request = 1, .first_row = 0, .rows = 2}};
  const auto said = [&](const Act& act) -> std::string {
    Driven server(after_start(act, /*sealed=*/false));
    server->arrive(rows_at(10, 4));
    try {
      server->arrive(rows_at(20, 4));
      server->lane_down(at_ns(30), LaneId{0}, Status::kUnavailable);
    } catch (const SchedulerFault& fault) {
      return fault.what();
    }
    return "nothing";
  };
  EXPECT_EQ(said([&](const lockstep_input& input, DecisionGuard& guard) {
              if (input.kind == LOCKSTEP_ARRIVE) {
                guard.add(0, pieces);
                guard.seal(0, 0, LOCKSTEP_REASON_FULL);
              }
            }),
            "nothing");
  EXPECT_THAT(said([&](const lockstep_input&, DecisionGuard& guard) {
                guard.seal(0, 0, LOCKSTEP_REASON_FULL);
                guard.add(0, pieces);
              }),
              HasSubstr("add to batch 0: found a sealed batch"));
  EXPECT_THAT(said([&](const lockstep_input&, DecisionGuard& guard) { guard.add(1, pieces); }),
              HasSubstr("add to batch 1: found a batch that is on no lane"));
  EXPECT_THAT(said([&](const lockstep_input&, DecisionGuard&) {}),
              HasSubstr("lane-down of lane 0: found batch 0 filling there after the step"));
}

TEST(DecisionGuard, StartsNothingOnALaneThatIsDown) {
  Driven server([](const lockstep_input& input, DecisionGuard& guard) {
    if (input.kind == LOCKSTEP_ARRIVE) {
      const std::vector<lockstep_piece> pieces = {
          {.request = input.request, .first_row = 0, .rows = 1}};
      guard.start(start_of(0, pieces));
    }
  });
  server->lane_down(at_ns(1), LaneId{0}, Status::kUnavailable);
  EXPECT_THAT([&] { server->arrive(rows_at(2, 1)); },
              testing::ThrowsMessage<SchedulerFault>(
                  HasSubstr("found lane 0, which is down, expected one that is up")));
}

TEST(ForeignScheduler, RefusesADescriptionThatMakesNoSense) {
  const auto said = [](const std::function<void(ForeignDescription&)>& change) {
    ForeignDescription description = puppet_description();
    change(description);
    const auto made = puppet([](const lockstep_input&, DecisionGuard&) {}, description);
    return made ? "nothing" : made.error().message;
  };
  EXPECT_EQ(said([](ForeignDescription&) {}), "nothing");
  EXPECT_EQ(said([](ForeignDescription& d) { d.name = "My Batcher"; }),
            "the test: found name 'My Batcher', expected one of a-z, 0-9 and -");
  EXPECT_EQ(said([](ForeignDescription& d) { d.name = "tf-shared"; }),
            "the test: found name 'tf-shared', expected one that is not in `lockstep list "
            "schedulers`");
  EXPECT_EQ(said([](ForeignDescription& d) { d.options[0].name = "seed"; }),
            "the test: found option 'seed', expected another name: that is a setting of every run");
  EXPECT_EQ(said([](ForeignDescription& d) { d.options[1].name = "rows"; }),
            "the test: found option 'rows' twice, expected it once");
  EXPECT_EQ(said([](ForeignDescription& d) { d.options[0].default_text = "many"; }),
            "the test: found rows 'many', expected a whole number of rows as its default");
  EXPECT_EQ(said([](ForeignDescription& d) { d.lane_option = "threads"; }),
            "the test: found lane_option 'threads', expected the name of one of its integer "
            "options");
}

}  // namespace
}  // namespace lockstep
