// Histories by hand: those that one sequence of inputs explains are accepted, others are not; and a
// driver that only reorders is caught by nothing else.
#include "properties/live_linearization.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "properties/live_search.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using Kind = LiveOperationKind;

// One lane; a batch waits 1 us for a second row, and drops requests that were cancelled.
class SmallHistory : public ::testing::Test {
 protected:
  SmallHistory() {
    TfSharedOptions options;
    options.max_batch_size = 2;
    options.batch_timeout_micros = 1;
    options.num_batch_threads = 1;
    options.extras.max_execution_batch_size = 2;
    options.extras.enable_priority_aware_batch_scheduler = true;
    options.extras.enable_lazy_cancellation_filtering = true;
    setting_ = {.scheduler = [options] { return std::move(*make_tf_shared(options)); },
                .arrivals = &arrivals_};
  }
  // Operations between two positions, at a time.
  struct Span {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::int64_t at = 0;
  };
  void submit(std::size_t request, Span span) { add(Kind::kSubmit, span).request = request; }
  void cancel(std::size_t request, Span span) { add(Kind::kCancel, span).request = request; }
  void launch(std::uint32_t rows, std::uint64_t position, std::int64_t at) {
    add(Kind::kLaunch, {position, position, at}).rows = rows;
  }
  void complete(std::uint64_t position, std::int64_t at) {
    add(Kind::kComplete, {position, kNeverResponds, at});
  }
  void answer(std::size_t request, Status status, std::uint64_t position, std::int64_t at) {
    LiveOperation& operation = add(Kind::kAnswer, {position, position, at});
    operation.request = request;
    operation.status = status;
    operation.answered = at_ns(at);
  }
  Linearized judged() { return linearize(setting_, history_).verdict; }

  std::vector<Arrival> arrivals_{2, Arrival{.time = SimTime{}, .size = 1}};
  SequentialSetting setting_;
  LiveHistory history_;

 private:
  LiveOperation& add(Kind kind, Span span) {
    history_.push_back(
        {.kind = kind, .invoked = span.from, .responded = span.to, .at = at_ns(span.at)});
    return history_.back();
  }
};

// A request of two rows leaves at once; the one of one row waits for its time-out.
class TwoSubmits : public SmallHistory {
 protected:
  TwoSubmits() {
    arrivals_[0].size = 1;
    arrivals_[1].size = 2;
  }
  void first_one_row_then_two() {
    launch(1, 10, 1000);  // the small one was first, and its batch could not take the other
    complete(11, 2000);
    answer(0, Status::kOk, 12, 2000);
    launch(2, 13, 2000);
    complete(14, 3000);
    answer(1, Status::kOk, 15, 3000);
  }
  void first_two_rows_then_one() {
    launch(2, 10, 0);
    complete(11, 1000);
    answer(1, Status::kOk, 12, 1000);
    launch(1, 13, 1000);
    complete(14, 2000);
    answer(0, Status::kOk, 15, 2000);
  }
};

TEST_F(SmallHistory, OfOneRequestIsExplained) {
  submit(0, {0, 1, 0});
  launch(1, 2, 1000);
  complete(3, 2000);
  answer(0, Status::kOk, 4, 2000);
  const Linearization found = linearize(setting_, history_);
  EXPECT_EQ(found.verdict, Linearized::kYes);
  EXPECT_THAT(found.order, ElementsAre(0, 1, 2, 3));
}

TEST_F(SmallHistory, IsNotExplainedWhenAWakeUpIsLate) {
  submit(0, {0, 1, 0});
  launch(1, 2, 1001);
  EXPECT_EQ(judged(), Linearized::kYes);  // it may have been decided in time
  history_.clear();
  submit(0, {0, 1, 0});
  launch(1, 2, 999);
  EXPECT_EQ(judged(), Linearized::kNo);
}

TEST_F(SmallHistory, ACancellationCountsWhenItCameBeforeTheTimeOut) {
  for (const Status status : {Status::kCancelled, Status::kOk}) {
    history_.clear();
    submit(0, {0, 1, 0});
    cancel(0, {2, 3, 500});
    if (status == Status::kOk) {  // the cancellation has got lost
      launch(1, 4, 1000);
      complete(5, 2000);
      answer(0, status, 6, 2000);
    } else {
      answer(0, status, 4, 1000);
    }
    EXPECT_EQ(judged(), status == Status::kCancelled ? Linearized::kYes : Linearized::kNo);
  }
}

TEST_F(SmallHistory, ACancellationDuringTheSubmitMayBeBeforeIt) {
  for (const std::uint64_t submitted : {1U, 4U}) {
    history_.clear();
    submit(0, {0, submitted, 0});
    cancel(0, {2, 3, 0});
    launch(1, 5, 1000);
    complete(6, 2000);
    answer(0, Status::kOk, 7, 2000);
    // Behind the submit it would have counted.
    EXPECT_EQ(judged(), submitted == 4 ? Linearized::kYes : Linearized::kNo);
  }
}

TEST_F(SmallHistory, NobodyIsAnsweredCancelledAfterTheAnswer) {
  submit(0, {0, 1, 0});
  launch(1, 2, 1000);
  complete(3, 2000);
  answer(0, Status::kOk, 4, 2000);
  cancel(0, {5, 6, 2000});
  EXPECT_EQ(judged(), Linearized::kYes);  // too late, and without effect
  answer(0, Status::kCancelled, 7, 2000);
  EXPECT_EQ(judged(), Linearized::kNo);
}

TEST_F(SmallHistory, NoAnswerWithoutItsCompletion) {
  submit(0, {0, 1, 0});
  launch(1, 2, 1000);
  answer(0, Status::kOk, 3, 2000);
  complete(4, 2000);
  EXPECT_EQ(judged(), Linearized::kNo);
}

TEST_F(TwoSubmits, ThatOverlapMayBeInEitherOrder) {
  for (const bool small_first : {true, false}) {
    history_.clear();
    submit(0, {0, 3, 0});
    submit(1, {1, 2, 0});
    small_first ? first_one_row_then_two() : first_two_rows_then_one();
    const Linearization found = linearize(setting_, history_);
    ASSERT_EQ(found.verdict, Linearized::kYes) << small_first;
    EXPECT_EQ(found.order.front(), small_first ? 0U : 1U);
  }
}

// The response of one came before the other was invoked: only that order will do.
TEST_F(TwoSubmits, OneAfterTheOtherAreInThatOrder) {
  for (const bool small_first : {true, false}) {
    for (const bool small_seen_first : {true, false}) {
      history_.clear();
      submit(small_first ? 0 : 1, {0, 1, 0});
      submit(small_first ? 1 : 0, {2, 3, 0});
      small_seen_first ? first_one_row_then_two() : first_two_rows_then_one();
      EXPECT_EQ(judged(), small_first == small_seen_first ? Linearized::kYes : Linearized::kNo);
    }
  }
}

// Two alike: the core's inputs are the same in either order, but not who is who.
TEST_F(TwoSubmits, OfLikeRequestsAreToldApart) {
  arrivals_[0].size = 2;
  for (const std::size_t first : {0U, 1U}) {
    history_.clear();
    submit(0, {0, 3, 0});
    submit(1, {1, 2, 0});
    launch(2, 10, 0);
    complete(11, 1000);
    answer(first, Status::kOk, 12, 1000);
    launch(2, 13, 1000);
    complete(14, 2000);
    answer(1 - first, Status::kOk, 15, 2000);
    EXPECT_EQ(judged(), Linearized::kYes) << first;
  }
}

TEST_F(SmallHistory, GivesUpInsteadOfGuessing) {
  submit(0, {0, 1, 0});
  launch(1, 2, 1000);
  EXPECT_EQ(linearize(setting_, history_, 1).verdict, Linearized::kUndecided);
  while (history_.size() <= kMaxLinearizedOperations) {
    cancel(0, {history_.size() * 2 + 10, history_.size() * 2 + 11, 1000});
  }
  EXPECT_EQ(judged(), Linearized::kUndecided);
}

}  // namespace
}  // namespace lockstep
