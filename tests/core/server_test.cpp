// The rules that the server holds every scheduler to: each broken once by a puppet, and caught.
#include "core/server.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "core/journal.h"
#include "tests/support/puppet_scheduler.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ServerRules : public ::testing::Test {
 protected:
  ServerRules() : previous_(set_check_handler(&throwing_check_handler)) {}
  ~ServerRules() override { set_check_handler(previous_); }

  Server& serve(PuppetScheduler::Act act, std::uint32_t lanes = 2) {
    server_ = std::make_unique<Server>(std::make_unique<PuppetScheduler>(std::move(act)),
                                       ServerOptions{.lane_count = lanes}, nullptr);
    return *server_;
  }
  static Arrival arrival(std::int64_t ns, std::uint32_t size = 1, std::uint32_t queue = 0) {
    return Arrival{.time = at_ns(ns), .queue = QueueId{queue}, .size = size};
  }
  static Start start(std::uint64_t batch, std::uint32_t lane) {
    return Start{.batch = BatchId{batch}, .lane = LaneId{lane}, .reason = Reason::kFull};
  }
  // Feeds arrivals at 0, 1, 2... ns and returns the message of the check that failed, or "".
  std::string broken_rule(PuppetScheduler::Act act, int arrivals) {
    Server& server = serve(std::move(act));
    try {
      for (int i = 0; i < arrivals; ++i) {
        server.arrive(arrival(i));
      }
    } catch (const CheckFailed& failure) {
      return failure.what();
    }
    return "";
  }
  static Piece whole(RequestSlot request, std::uint32_t rows = 1) {
    return Piece{.request = request, .first_row = 0, .rows = rows};
  }

  std::vector<RequestSlot> seen_;
  std::vector<Piece> pieces_;

 private:
  CheckHandler previous_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerRules, FinishTwiceIsCaught) {
  const auto act = [this](const Input& input, Decisions& out) {
    seen_.push_back(input.request);
    out.finish(seen_.front(), Status::kUnavailable, Reason::kQueueFull);
  };
  EXPECT_EQ(broken_rule(act, 1), "");
  seen_.clear();
  EXPECT_THAT(broken_rule(act, 2), HasSubstr("is_alive"));
}

TEST_F(ServerRules, TwoBatchesOnOneLaneAreCaught) {
  EXPECT_THAT(broken_rule(
                  [this](const Input& input, Decisions& out) {
                    pieces_ = {whole(input.request)};
                    out.start(start(input.sequence, 0), range_of(pieces_));
                  },
                  2),
              HasSubstr("!lane.busy"));
}

TEST_F(ServerRules, ALaneThatDoesNotExistIsCaught) {
  EXPECT_THAT(broken_rule(
                  [this](const Input& input, Decisions& out) {
                    pieces_ = {whole(input.request)};
                    out.start(start(0, 2), range_of(pieces_));
                  },
                  1),
              HasSubstr("lanes_.size()"));
}

TEST_F(ServerRules, ARequestInTwoBatchesIsCaught) {
  EXPECT_THAT(broken_rule(
                  [this](const Input& input, Decisions& out) {
                    pieces_ = {whole(input.request)};
                    out.start(start(0, 0), range_of(pieces_));
                    out.start(start(1, 1), range_of(pieces_));
                  },
                  1),
              HasSubstr("first_row == started"));
}

TEST_F(ServerRules, ABatchOutOfOrderIsCaught) {
  EXPECT_THAT(broken_rule(
                  [this](const Input& input, Decisions& out) {
                    pieces_ = {whole(input.request)};
                    out.start(start(1, 0), range_of(pieces_));
                  },
                  1),
              HasSubstr("(left 1, right 0)"));
}

TEST_F(ServerRules, MoreRowsThanTheRequestHasAreCaught) {
  EXPECT_THAT(broken_rule(
                  [this](const Input& input, Decisions& out) {
                    pieces_ = {whole(input.request, 2)};
                    out.start(start(0, 0), range_of(pieces_));
                  },
                  1),
              HasSubstr("piece.rows"));
}

TEST_F(ServerRules, AWakeUpMustLieInTheFuture) {
  const auto wake_in = [](std::int64_t ns) {
    return [ns](const Input& input, Decisions& out) { out.wake(input.now + SimDuration{ns}); };
  };
  EXPECT_THAT(broken_rule(wake_in(0), 1), HasSubstr("decision.wake > now"));
  EXPECT_EQ(broken_rule(wake_in(1), 1), "");
}

TEST_F(ServerRules, ASealedBatchGainsNoMember) {
  for (const bool sealed : {true, false}) {
    const std::string broken = broken_rule(
        [this, sealed](const Input& input, Decisions& out) {
          pieces_ = {whole(input.request)};
          if (input.sequence == 0) {
            Start unsealed = start(0, 0);
            unsealed.sealed = sealed;
            out.start(unsealed, range_of(pieces_));
          } else {
            out.add(BatchId{0}, range_of(pieces_));
          }
        },
        2);
    EXPECT_EQ(broken.empty(), !sealed) << broken;
  }
}

TEST_F(ServerRules, OneBatchHoldsOneQueueOnly) {
  Server& server = serve([this](const Input& input, Decisions& out) {
    seen_.push_back(input.request);
    if (seen_.size() == 2) {
      pieces_ = {whole(seen_[0]), whole(seen_[1])};
      out.start(start(0, 0), range_of(pieces_));
    }
  });
  server.arrive(arrival(0, 1, 0));
  EXPECT_THROW(server.arrive(arrival(1, 1, 1)), CheckFailed);
}

TEST_F(ServerRules, TimeNeverRunsBack) {
  Server& server = serve([](const Input&, Decisions&) {});
  server.arrive(arrival(5));
  server.arrive(arrival(5));
  EXPECT_THROW(server.arrive(arrival(4)), CheckFailed);
}

TEST_F(ServerRules, ASplitRequestIsAnsweredByItsLastPieceAndFirstErrorWins) {
  struct Answers final : EventSink {
    void request_ended(const RequestEnd& end) override {
      texts.push_back(std::to_string(ns_of(end.at)) + " " + std::string(status_name(end.status)));
    }
    std::vector<std::string> texts;
  } answers;
  std::vector<Piece> first;
  std::vector<Piece> second;
  Server server(std::make_unique<PuppetScheduler>([&](const Input& input, Decisions& out) {
                  if (input.kind == InputKind::kArrive) {
                    first = {Piece{input.request, 0, 3, false}};
                    second = {Piece{input.request, 3, 2, false}};
                    out.start(start(0, 0), range_of(first));
                    out.start(start(1, 1), range_of(second));
                  } else {
                    out.finish_batch(input.batch, input.status, Reason::kAnswered);
                  }
                }),
                ServerOptions{.lane_count = 2}, &answers);
  server.arrive(arrival(0, 5));
  ASSERT_EQ(server.started().size(), 2u);
  server.batch_done(BatchDone{.now = at_ns(4), .lane = LaneId{1}, .status = Status::kInternal});
  EXPECT_TRUE(answers.texts.empty());
  server.batch_done(BatchDone{.now = at_ns(9), .lane = LaneId{0}, .status = Status::kOk});
  EXPECT_EQ(answers.texts, std::vector<std::string>{"9 INTERNAL"});
  EXPECT_EQ(server.totals().failed, 1u);
  EXPECT_EQ(server.requests().live_count(), 0u);
}

// Schedulers count rows: what has none does not reach those that did not ask for it.
TEST_F(ServerRules, ARequestOfNoRowsIsRefusedBeforeTheSchedulerSeesIt) {
  struct Ends final : EventSink {
    void request_ended(const RequestEnd& end) override {
      texts.push_back(std::to_string(raw(end.request.id)) + " " +
                      std::string(status_name(end.status)) + " " +
                      std::string(reason_name(end.reason)));
    }
    [[nodiscard]] bool wants_journal() const override { return true; }
    void journal(const JournalLine& line) override { texts.push_back(describe(line)); }
    std::vector<std::string> texts;
  };
  for (const bool takes_empty : {false, true}) {
    Ends ends;
    Server server(std::make_unique<PuppetScheduler>(
                      [&](const Input& input, Decisions&) { seen_.push_back(input.request); },
                      Needs{.empty_requests = takes_empty}),
                  ServerOptions{.lane_count = 1}, &ends);
    seen_.clear();
    server.arrive(arrival(0, 1));
    server.arrive(arrival(1, 0));
    server.arrive(arrival(2, 1));
    EXPECT_EQ(seen_.size(), takes_empty ? 3u : 2u);
    EXPECT_EQ(server.totals().refused, takes_empty ? 0u : 1u);
    EXPECT_EQ(server.totals().inputs, 3u);
    if (!takes_empty) {
      EXPECT_THAT(ends.texts, ElementsAre("at 0ns arrive request 0 of 1 rows in queue 0",
                                          "at 1ns arrive request 1 of 0 rows in queue 0",
                                          "1 INVALID_ARGUMENT empty",
                                          "finish request 1 INVALID_ARGUMENT, empty",
                                          "at 2ns arrive request 2 of 1 rows in queue 0"));
    }
  }
}

TEST_F(ServerRules, ABatchOfNoRowsAnswersItsRequests) {
  Server server(std::make_unique<PuppetScheduler>(
                    [this](const Input& input, Decisions& out) {
                      if (input.kind == InputKind::kArrive) {
                        pieces_ = {whole(input.request, 0)};
                        out.start(start(0, 0), range_of(pieces_));
                      } else {
                        out.finish_batch(input.batch, input.status, Reason::kAnswered);
                      }
                    },
                    Needs{.empty_requests = true}),
                ServerOptions{.lane_count = 1}, nullptr);
  server.arrive(arrival(0, 0));
  ASSERT_EQ(server.started().size(), 1u);
  EXPECT_EQ(server.started()[0].rows, 0u);
  server.batch_done(BatchDone{.now = at_ns(7), .lane = LaneId{0}});
  EXPECT_EQ(server.totals().answered, 1u);
  EXPECT_EQ(server.requests().live_count(), 0u);
}

TEST_F(ServerRules, ALaneMayTakeItsNextBatchInTheStepThatFreesIt) {
  Server& server = serve([this](const Input& input, Decisions& out) {
    if (input.kind == InputKind::kArrive) {
      seen_.push_back(input.request);
    } else {
      out.finish_batch(input.batch, input.status, Reason::kAnswered);
    }
    if (input.kind != InputKind::kArrive || input.sequence == 0) {
      pieces_ = {whole(seen_.back())};
      out.start(start(input.kind == InputKind::kArrive ? 0 : 1, 0), range_of(pieces_));
    }
  });
  server.arrive(arrival(0));
  server.arrive(arrival(1));
  server.batch_done(BatchDone{.now = at_ns(7), .lane = LaneId{0}});
  EXPECT_EQ(server.totals().answered, 1u);
  ASSERT_EQ(server.started().size(), 1u);
  EXPECT_EQ(raw(server.started()[0].batch), 1u);
}

TEST_F(ServerRules, ACancelReachesTheSchedulerWithItsRequest) {
  std::vector<std::string> seen;
  RequestSlot slot;
  Server& server = serve([&](const Input& input, Decisions& out) {
    if (input.kind == InputKind::kArrive) {
      slot = input.request;
    } else {
      EXPECT_EQ(input.kind, InputKind::kCancel);
      EXPECT_TRUE(input.request == slot);
      seen.push_back("queue " + std::to_string(raw(input.queue)));
      out.finish(input.request, Status::kCancelled, Reason::kCancelled);
    }
  });
  server.arrive(arrival(0, 1, 3));
  const std::uint64_t before = server.digest();
  server.cancel(at_ns(5), RequestId{0});
  EXPECT_THAT(seen, ElementsAre("queue 3"));
  EXPECT_EQ(server.totals().refused, 1u);
  EXPECT_NE(server.digest(), before);
  EXPECT_FALSE(server.requests().find(RequestId{0}));
  EXPECT_THROW(server.cancel(at_ns(6), RequestId{0}), CheckFailed);
}

TEST_F(ServerRules, WhichRequestIsCancelledIsPartOfTheDigest) {
  const auto digest = [&](std::uint64_t cancelled) {
    Server& server = serve([](const Input&, Decisions&) {});
    server.arrive(arrival(0));
    server.arrive(arrival(0));
    server.cancel(at_ns(5), RequestId{cancelled});
    return server.digest();
  };
  EXPECT_NE(digest(0), digest(1));
}

}  // namespace
}  // namespace lockstep
