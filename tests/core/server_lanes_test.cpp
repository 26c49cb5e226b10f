// Lanes that go down and come back: what the server holds schedulers and drivers to, and what it
// does itself when no lane is left.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "core/server.h"
#include "tests/support/puppet_scheduler.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct LaneEnds final : EventSink {
  void request_ended(const RequestEnd& end) override {
    seen.push_back("r" + std::to_string(raw(end.request.id)) + " " +
                   std::string(status_name(end.status)) + " " +
                   std::string(reason_name(end.reason)));
  }
  std::vector<std::string> seen;
};

// Starts each arrival on the lane that the test says, unsealed when it wants; finishes batches.
class ServerLanes : public ::testing::Test {
 protected:
  ServerLanes() : previous_(set_check_handler(&throwing_check_handler)) {}
  ~ServerLanes() override { set_check_handler(previous_); }

  Server& serve(std::uint32_t lanes) {
    const auto act = [this](const Input& input, Decisions& out) {
      ++heard_;
      if (input.kind == InputKind::kArrive && starts_) {
        pieces_ = {Piece{.request = input.request, .rows = 1}};
        out.start(Start{.batch = BatchId{next_batch_++},
                        .lane = lane_,
                        .opened = input.now,
                        .due = input.now,
                        .reason = Reason::kFull,
                        .sealed = sealed_},
                  range_of(pieces_));
      } else if (input.kind == InputKind::kBatchDone) {
        out.finish_batch(input.batch, input.status, batch_end_reason(input.status));
      } else if (input.kind == InputKind::kArrive) {
        out.wake(input.now + SimDuration{1000});
      }
    };
    server_ = std::make_unique<Server>(std::make_unique<PuppetScheduler>(act),
                                       ServerOptions{.lane_count = lanes}, &ends_);
    return *server_;
  }
  template <typename Act>
  std::string broken(Act act) {
    try {
      act();
    } catch (const CheckFailed& failure) {
      return failure.what();
    }
    return "";
  }
  void arrive(std::int64_t ns) { server_->arrive(Arrival{.time = at_ns(ns)}); }

  bool starts_ = true;
  bool sealed_ = true;
  LaneId lane_{0};
  int heard_ = 0;
  LaneEnds ends_;

 private:
  CheckHandler previous_;
  std::uint64_t next_batch_ = 0;
  std::vector<Piece> pieces_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerLanes, NothingStartsOnALaneThatIsDown) {
  Server& server = serve(2);
  server.lane_down(at_ns(5), LaneId{1}, Status::kUnavailable);
  EXPECT_EQ(broken([&] { arrive(6); }), "");
  lane_ = LaneId{1};
  EXPECT_THAT(broken([&] { arrive(7); }), HasSubstr("lane.down == Status::kOk"));
}

TEST_F(ServerLanes, ALaneThatIsUpAgainTakesBatches) {
  Server& server = serve(1);
  server.lane_down(at_ns(5), LaneId{0}, Status::kUnavailable);
  EXPECT_EQ(server.down_status(LaneId{0}), Status::kUnavailable);
  server.lane_up(at_ns(6), LaneId{0});
  EXPECT_EQ(server.down_status(LaneId{0}), Status::kOk);
  EXPECT_EQ(broken([&] { arrive(7); }), "");
}

TEST_F(ServerLanes, ItsBatchEndsBeforeItComesBack) {
  Server& server = serve(1);
  arrive(1);
  server.lane_down(at_ns(5), LaneId{0}, Status::kUnavailable);
  EXPECT_THAT(broken([&] { server.lane_up(at_ns(6), LaneId{0}); }), HasSubstr("!up.busy"));
  server.batch_done({.now = at_ns(6), .status = Status::kUnavailable});
  EXPECT_EQ(broken([&] { server.lane_up(at_ns(6), LaneId{0}); }), "");
  EXPECT_THAT(ends_.seen, ElementsAre("r0 UNAVAILABLE device-lost"));
}

TEST_F(ServerLanes, ABatchThatFillsThereMustBeSealed) {
  sealed_ = false;
  Server& server = serve(2);
  arrive(1);
  EXPECT_EQ(broken([&] { server.lane_down(at_ns(5), LaneId{1}, Status::kUnavailable); }), "");
  EXPECT_THAT(broken([&] { server.lane_down(at_ns(5), LaneId{0}, Status::kUnavailable); }),
              HasSubstr("down.sealed"));
}

TEST_F(ServerLanes, WhatIsLostForGoodStaysSo) {
  Server& server = serve(2);
  server.lane_down(at_ns(5), LaneId{0}, Status::kUnavailable);
  server.lane_down(at_ns(6), LaneId{0}, Status::kInternal);
  EXPECT_THAT(broken([&] { server.lane_down(at_ns(7), LaneId{0}, Status::kUnavailable); }),
              HasSubstr("status == Status::kInternal"));
  EXPECT_THAT(broken([&] { server.lane_up(at_ns(8), LaneId{0}); }),
              HasSubstr("up.down == Status::kUnavailable"));
  EXPECT_THAT(broken([&] { server.lane_up(at_ns(8), LaneId{1}); }),
              HasSubstr("up.down == Status::kUnavailable"));
}

TEST_F(ServerLanes, WithoutAnyLaneTheServerAnswersByItself) {
  Server& server = serve(2);
  starts_ = false;
  arrive(1);
  arrive(2);
  starts_ = true;
  arrive(3);  // runs on lane 0
  EXPECT_NE(server.wake_at(), kForever);
  server.lane_down(at_ns(5), LaneId{1}, Status::kInternal);
  server.lane_down(at_ns(6), LaneId{0}, Status::kInternal);
  EXPECT_TRUE(ends_.seen.empty());  // first the batch that still runs
  server.batch_done({.now = at_ns(7), .status = Status::kInternal});
  EXPECT_THAT(ends_.seen, ElementsAre("r2 INTERNAL batch-failed", "r0 UNAVAILABLE no-lane",
                                      "r1 UNAVAILABLE no-lane"));
  EXPECT_EQ(server.wake_at(), kForever);
  const int heard = heard_;
  arrive(8);
  server.close_queue(at_ns(9), QueueId{0});
  EXPECT_EQ(heard_, heard);
  EXPECT_EQ(ends_.seen.back(), "r3 UNAVAILABLE no-lane");
  EXPECT_EQ(server.totals().refused, 3u);
  EXPECT_EQ(server.totals().failed, 1u);
  EXPECT_EQ(server.report_unanswered(), 0u);
}

TEST_F(ServerLanes, OneLaneThatMayComeBackIsEnoughToWaitFor) {
  Server& server = serve(2);
  starts_ = false;
  arrive(1);
  server.lane_down(at_ns(5), LaneId{0}, Status::kInternal);
  server.lane_down(at_ns(5), LaneId{1}, Status::kUnavailable);
  EXPECT_TRUE(ends_.seen.empty());
  EXPECT_EQ(server.report_unanswered(), 1u);
}

}  // namespace
}  // namespace lockstep
