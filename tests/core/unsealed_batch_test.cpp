// Batches that fill on their lane: started unsealed, added to, sealed, and only then executed.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "core/server.h"
#include "tests/support/filling_scheduler.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Keeps what ended, and each journal line in words.
struct Log final : EventSink {
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override { lines.push_back(describe(line)); }
  void batch_ended(const BatchRecord& batch) override { batches.push_back(batch); }
  void request_ended(const RequestEnd& end) override {
    answers.push_back(std::to_string(raw(end.request.id)) + "@" + std::to_string(ns_of(end.at)));
  }
  std::vector<std::string> lines;
  std::vector<BatchRecord> batches;
  std::vector<std::string> answers;
};

struct On {
  std::uint32_t queue = 0;
  std::uint32_t lane = 0;
};

class UnsealedBatch : public ::testing::Test {
 protected:
  UnsealedBatch()
      : server_(std::make_unique<FillingScheduler>(), ServerOptions{.lane_count = 2}, &log_),
        previous_(set_check_handler(&throwing_check_handler)) {}
  ~UnsealedBatch() override { set_check_handler(previous_); }

  void open(std::int64_t ns, On on = {}) { arrive(ns, 0, on, FillingScheduler::kOpens); }
  void join(std::int64_t ns, std::uint32_t rows, On on = {}) { arrive(ns, rows, on, 0); }
  void seal(std::int64_t ns, std::uint32_t padded_rows = 0, On on = {}) {
    arrive(ns, padded_rows, on, FillingScheduler::kSeals);
  }
  void done(std::int64_t ns, std::int64_t device_ns, std::uint32_t lane = 0) {
    server_.batch_done(
        BatchDone{.now = at_ns(ns), .lane = LaneId{lane}, .device_time = SimDuration{device_ns}});
  }
  // "B0 5 rows of queue 0": what the driver has to execute after the last input.
  [[nodiscard]] std::vector<std::string> executed() const {
    std::vector<std::string> texts;
    for (const StartedBatch& batch : server_.started()) {
      texts.push_back("B" + std::to_string(raw(batch.batch)) + " " + std::to_string(batch.rows) +
                      " rows of queue " + std::to_string(raw(batch.queue)));
    }
    return texts;
  }

  Log log_;
  Server server_;

 private:
  void arrive(std::int64_t ns, std::uint32_t rows, On on, std::uint8_t priority) {
    server_.arrive({.time = at_ns(ns),
                    .client = ClientId{on.lane},
                    .queue = QueueId{on.queue},
                    .size = rows,
                    .priority = priority});
  }

  CheckHandler previous_;
};

TEST_F(UnsealedBatch, IsHandedToTheDeviceWhenItIsSealedWithTheRowsOfThatMoment) {
  open(10);
  EXPECT_THAT(executed(), IsEmpty());
  join(20, 2);
  join(30, 3);
  EXPECT_THAT(executed(), IsEmpty());
  seal(40);
  EXPECT_THAT(executed(), ElementsAre("B0 5 rows of queue 0"));
  done(70, 30);
  const BatchRecord& batch = log_.batches.at(0);
  EXPECT_EQ(ns_of(batch.lane_taken), 10);
  EXPECT_EQ(ns_of(batch.opened), 20);  // its first member came in
  EXPECT_EQ(ns_of(batch.due), 40);
  EXPECT_EQ(ns_of(batch.dispatched), 40);
  EXPECT_EQ(ns_of(batch.device_start), 40);
  EXPECT_EQ(ns_of(batch.finished), 70);
  EXPECT_EQ(batch.reason, Reason::kTimeout);
  EXPECT_EQ(batch.request_count, 2u);
  EXPECT_EQ(batch.rows, 5u);
  EXPECT_EQ(batch.padded_rows, 5u);
  EXPECT_EQ(server_.totals().answered, 2u);
}

TEST_F(UnsealedBatch, IsPaddedAsItsSealSays) {
  open(0);
  join(1, 3);
  seal(2, 8);
  EXPECT_THAT(executed(), ElementsAre("B0 8 rows of queue 0"));
}

TEST_F(UnsealedBatch, KeepsItsLaneAndShowsThatItIsNotDispatched) {
  open(10);
  const std::optional<BatchRecord> running = server_.running_on(LaneId{0});
  ASSERT_TRUE(running);
  EXPECT_EQ(running->lane_taken, at_ns(10));
  EXPECT_EQ(running->dispatched, kForever);
  EXPECT_EQ(running->due, kForever);
  seal(20);
  EXPECT_EQ(server_.running_on(LaneId{0})->dispatched, at_ns(20));
}

TEST_F(UnsealedBatch, CannotBeDoneBeforeItIsSealed) {
  open(10);
  join(20, 1);
  EXPECT_THROW(done(30, 0), CheckFailed);
}

TEST_F(UnsealedBatch, CannotHaveExecutedBeforeItsSeal) {
  open(10);
  join(20, 1);
  seal(40);
  EXPECT_THROW(done(50, 11), CheckFailed);
}

TEST_F(UnsealedBatch, MayHaveExecutedSinceItsSeal) {
  open(10);
  join(20, 1);
  seal(40);
  done(50, 10);
  EXPECT_THAT(log_.answers, ElementsAre("0@10", "2@40", "1@50"));
}

TEST_F(UnsealedBatch, CannotBeSealedTwice) {
  open(10);
  seal(20);
  EXPECT_THROW(seal(30), CheckFailed);
}

TEST_F(UnsealedBatch, MayBeSealedEmptyAndIsThenDoneAtOnce) {
  open(10);
  seal(20);
  EXPECT_THAT(executed(), ElementsAre("B0 0 rows of queue 0"));
  done(20, 0);
  const BatchRecord& batch = log_.batches.at(0);
  EXPECT_EQ(ns_of(batch.opened), 10);
  EXPECT_EQ(ns_of(batch.finished), 20);
  EXPECT_EQ(batch.request_count, 0u);
}

TEST_F(UnsealedBatch, TakesTheQueueOfItsFirstMemberAndNoOtherAfterwards) {
  open(10, {.queue = 0});
  join(20, 1, {.queue = 7});
  seal(30);
  EXPECT_THAT(executed(), ElementsAre("B0 1 rows of queue 7"));
  done(30, 0);
  EXPECT_EQ(raw(log_.batches.at(0).queue), 7u);
  open(40, {.queue = 7});
  join(50, 1, {.queue = 7});
  EXPECT_THROW(join(60, 1, {.queue = 0}), CheckFailed);
}

TEST_F(UnsealedBatch, TwoMayFillAtOnceAndOnlyTheOneThatIsNamedGrows) {
  open(0);
  open(1, {.lane = 1});
  join(2, 4, {.lane = 1});
  join(3, 1);
  join(4, 2, {.lane = 1});
  seal(5, 0, {.lane = 1});
  EXPECT_THAT(executed(), ElementsAre("B1 6 rows of queue 0"));
  done(9, 4, 1);
  EXPECT_EQ(server_.running_on(LaneId{0})->rows, 1u);
}

TEST_F(UnsealedBatch, StandsInTheJournalAsItHappened) {
  open(10);
  join(20, 2);
  seal(30);
  EXPECT_THAT(log_.lines,
              ElementsAre(HasSubstr("at 10ns arrive request 0"),
                          "start batch 0 of queue 0 on lane 0: no requests, opened 10ns, due 10ns, "
                          "none, unsealed",
                          HasSubstr("finish request 0"), HasSubstr("at 20ns arrive request 1"),
                          "add to batch 0: requests 1:2", HasSubstr("at 30ns arrive request 2"),
                          "seal batch 0, timeout", HasSubstr("finish request 2")));
}

}  // namespace
}  // namespace lockstep
