// A queue that is asked and yields nothing, though it was due: what becomes of the others (TF 2.4).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scenario.h"

namespace lockstep {
namespace {

using support::Scenario;
using support::tf_shared;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

// Low-priority requests enter the open batch after 5 us, and it leaves after 10.
TfQueueOptions merging() {
  TfQueueOptions queue{.max_batch_size = 4, .batch_timeout_micros = 10};
  queue.extras.enable_priority_queue = true;
  queue.extras.mixed_priority_batching_policy = TfMixedPolicy::kMerge;
  queue.extras.low = {
      .max_execution_batch_size = 8, .batch_timeout_micros = 5, .max_enqueued_batches = 2};
  return queue;
}

TfQueueOptions plain() {
  return {.max_batch_size = 4, .batch_timeout_micros = 10};
}

TfSharedOptions one_lane(std::vector<TfQueueOptions> queues) {
  TfSharedOptions options;
  options.num_batch_threads = 1;
  options.queues = std::move(queues);
  return options;
}

// At 5 us q0 yields nothing: its request only moves into the open batch. So every queue is asked
// once, and the cursor is at q0 again when both are due.
TEST(TfSharedBarrenQueue, ThatOnlyMovedRequestsCostsNoTurn) {
  Scenario s(tf_shared(one_lane({merging(), plain()})));
  s.at(0us).arrive("low", {.queue = 0, .priority = 1}).arrive("high", {.queue = 1}).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@10us q0[low]", "@10us q1[high]"));
}

// q0 ranks first by its five rows, which never fit and are not cut (TF 2.17 item 5). rank_queues
// pulls from the best-ranked queue and from no other.
TEST(TfSharedBarrenQueue, ThatRanksFirstHidesTheOthers) {
  TfSharedOptions options = one_lane({merging(), merging()});
  options.rank_queues = true;
  Scenario s(tf_shared(options));
  s.at(0us).arrive("misfit", {.rows = 5, .queue = 0, .priority = 1});
  s.at(1us).arrive("low", {.queue = 1, .priority = 1}).run();
  EXPECT_THAT(s.dispatches(), IsEmpty());
  EXPECT_THAT(s.unanswered(), ElementsAre("misfit", "low"));
}

// The same with the empty batch of a priority-aware queue (TF 2.17 item 11): three rows, reduced to
// the allowed two, which the request does not fit.
TEST(TfSharedBarrenQueue, ThatYieldsEmptyBatchesHidesTheOthers) {
  TfQueueOptions aware{.max_batch_size = 10, .batch_timeout_micros = 50};
  aware.extras.enable_priority_aware_batch_scheduler = true;
  aware.extras.allowed_batch_sizes = {2, 4};
  aware.extras.batch_padding_policy = TfPaddingPolicy::kBatchDown;
  TfSharedOptions options = one_lane({aware, plain()});
  options.rank_queues = true;
  Scenario s(tf_shared(options));
  s.at(0us).arrive("three", {.rows = 3, .queue = 0, .priority = 4});
  s.at(45us).arrive("hidden", {.queue = 1});
  s.at(70us).arrive("one", {.queue = 0, .priority = 4}).run();
  EXPECT_THAT(s.members_at(), ElementsAre("@70us q0[three,one]", "@70us q1[hidden]"));
}

}  // namespace
}  // namespace lockstep
