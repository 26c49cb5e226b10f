// What tf_shared accepts as options, with the server's own texts (TF 1.1, 1.2).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "core/schedulers/registry.h"
#include "core/schedulers/tf_shared.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// The message of building `scheduler` with one option changed; "" when it is accepted.
std::string refusal(std::string_view scheduler, const std::string& option, std::int64_t value) {
  const SchedulerInfo* info = find_scheduler(scheduler);
  if (info == nullptr) {
    return "no such scheduler";
  }
  const Result<OptionValues> values = complete_options(*info, {{option, std::to_string(value)}}, 8);
  if (!values) {
    return values.error().message;
  }
  const Result<std::unique_ptr<Scheduler>> made = info->make(SchedulerSpec{.values = *values});
  return made ? "" : made.error().message;
}

TEST(TfSharedOptionErrors, CarryTheServersOwnTexts) {
  EXPECT_THAT(refusal("tf-shared", "num_batch_threads", 0),
              HasSubstr("num_batch_threads must be positive; was 0"));
  EXPECT_THAT(refusal("tf-shared", "num_batch_threads", -3),
              HasSubstr("num_batch_threads must be positive; was -3"));
  EXPECT_THAT(refusal("tf-shared", "batch_timeout_micros", -1),
              HasSubstr("batch_timeout_micros must be non-negative; was -1"));
}

// TF 1.2 names the option that the file calls max_batch_size: input_batch_size_limit since 2023,
// max_batch_size before.
TEST(TfSharedOptionErrors, OfTheBatchSizeUseOneOfUpstreamsTwoNames) {
  EXPECT_THAT(refusal("tf-shared", "max_batch_size", 0),
              ::testing::AnyOf(HasSubstr("input_batch_size_limit must be positive; was 0"),
                               HasSubstr("max_batch_size must be positive; was 0")));
}

TEST(TfSharedOptions, AcceptTheSmallestValues) {
  EXPECT_EQ(refusal("tf-shared", "num_batch_threads", 1), "");
  EXPECT_EQ(refusal("tf-shared", "batch_timeout_micros", 0), "");
  EXPECT_EQ(refusal("tf-shared", "max_batch_size", 1), "");
  EXPECT_EQ(refusal("tf-shared", "max_enqueued_batches", 0), "");
}

TEST(TfSharedOptions, LanesEndAtTheLimit) {
  EXPECT_EQ(refusal("tf-shared", "num_batch_threads", kMaxLanes), "");
  EXPECT_NE(refusal("tf-shared", "num_batch_threads", std::int64_t{kMaxLanes} + 1), "");
}

TEST(TfSharedOptions, BatchesCannotBeLargerThanTheLimit) {
  EXPECT_NE(refusal("tf-shared", "max_batch_size", std::int64_t{kMaxBatchRows} + 1), "");
}

TEST(TfSharedOptions, HaveUpstreamsDefaults) {
  const SchedulerInfo* info = find_scheduler("tf-shared");
  ASSERT_NE(info, nullptr);
  const Result<OptionValues> values = complete_options(*info, {}, 6);
  ASSERT_TRUE(values.has_value());
  EXPECT_EQ(option_integer(*values, "max_batch_size"), 1000);
  EXPECT_EQ(option_integer(*values, "batch_timeout_micros"), 0);
  EXPECT_EQ(option_integer(*values, "max_enqueued_batches"), 10);
  EXPECT_EQ(option_integer(*values, "num_batch_threads"), 6);  // the assumed CPU count
  EXPECT_EQ(info->lane_option, "num_batch_threads");
  EXPECT_EQ(info->batch_option, "max_batch_size");
}

TEST(SchedulerOptions, UnknownNamesAreRefusedWithTheNearest) {
  EXPECT_THAT(refusal("tf-shared", "batch_timeout_micro", 5), HasSubstr("batch_timeout_micros"));
}

TEST(SchedulerOptions, ANameGivenTwiceIsRefused) {
  const SchedulerInfo* info = find_scheduler("tf-shared");
  ASSERT_NE(info, nullptr);
  EXPECT_FALSE(
      complete_options(*info, {{"max_batch_size", "4"}, {"max_batch_size", "4"}}, 8).has_value());
}

TEST(NaiveFullBatchOptions, MustBePositive) {
  EXPECT_NE(refusal("naive-full-batch", "batch_size", 0), "");
  EXPECT_NE(refusal("naive-full-batch", "num_batch_threads", 0), "");
  EXPECT_EQ(refusal("naive-full-batch", "batch_size", 1), "");
  EXPECT_EQ(refusal("naive-full-batch", "num_batch_threads", 1), "");
}

// --- the options that only C++ reaches: one step inside, one step outside

// The message of one queue with these options; "" when they are accepted.
std::string queue_refusal(const TfQueueOptions& queue) {
  TfSharedOptions options;
  options.queues.push_back(queue);
  const Result<std::unique_ptr<Scheduler>> made = make_tf_shared(options);
  return made ? "" : made.error().message;
}

TEST(TfSharedOptionErrors, SplittingNeedsRoomToSplit) {
  TfQueueOptions queue{.max_batch_size = 8};
  queue.extras.enable_large_batch_splitting = true;
  queue.extras.max_execution_batch_size = 8;
  EXPECT_EQ(queue_refusal(queue), "");
  queue.extras.max_execution_batch_size = 9;
  EXPECT_EQ(queue_refusal(queue),
            "When enable_large_batch_splitting is true, input_batch_size_limit must be greater "
            "than or equal to max_execution_batch_size.189");  // quirk 10: flag and both numbers
  queue.extras.max_execution_batch_size = 1;
  EXPECT_EQ(queue_refusal(queue), "");
  queue.extras.max_execution_batch_size = 0;  // quirk 9: a division by zero upstream
  EXPECT_EQ(queue_refusal(queue), "max_execution_batch_size must be positive; was 0");
  queue.extras.enable_large_batch_splitting = false;
  EXPECT_EQ(queue_refusal(queue), "");  // not used
}

// TF 1.2: 0 acts as 1 without splitting, and is an error with it.
TEST(TfSharedOptionErrors, SplittingNeedsABatchInTheQueue) {
  TfQueueOptions queue{.max_enqueued_batches = 0};
  queue.extras.max_execution_batch_size = 4;
  EXPECT_EQ(queue_refusal(queue), "");
  queue.extras.enable_large_batch_splitting = true;
  EXPECT_EQ(queue_refusal(queue), "max_enqueued_batches must be positive; was 0");
  queue.max_enqueued_batches = 1;
  EXPECT_EQ(queue_refusal(queue), "");
}

TEST(TfSharedOptionErrors, APriorityAwareQueueNeedsADepthAndTheDefaultPolicy) {
  TfQueueOptions queue;
  queue.extras.enable_priority_aware_batch_scheduler = true;
  queue.extras.max_queue_depth = 1;
  EXPECT_EQ(queue_refusal(queue), "");
  queue.extras.max_queue_depth = 0;
  EXPECT_EQ(queue_refusal(queue),
            "If enable_priority_aware_batch_scheduler is true, max_queue_depth must be positive.");
  queue.extras.max_queue_depth = 1;
  queue.extras.mixed_priority_batching_policy = TfMixedPolicy::kMerge;
  EXPECT_THAT(queue_refusal(queue), HasSubstr("mixed_priority_batching_policy must be"));
}

TEST(TfSharedOptionErrors, AllowedSizesRise) {
  TfQueueOptions queue;
  queue.extras.allowed_batch_sizes = {1, 2};
  EXPECT_EQ(queue_refusal(queue), "");
  queue.extras.allowed_batch_sizes = {2, 2};
  EXPECT_EQ(queue_refusal(queue), "allowed_batch_sizes must be strictly ascending");
  queue.extras.allowed_batch_sizes = {0, 2};
  EXPECT_EQ(queue_refusal(queue), "allowed_batch_sizes must be positive; was 0");
}

}  // namespace
}  // namespace lockstep
