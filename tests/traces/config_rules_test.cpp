// What the server refuses when it loads batching parameters (TF 1.1, 1.2, 1.7, 1.8), with its own
// texts at the value's place; and settings that it accepts and that cannot work (TF 6). Boundaries
// in pairs.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "tests/traces/config_text.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr ServerConfigOptions kEight{.server_cpus = 8, .server_cpus_given = true};

// Warnings (or the error) of a batching parameters file with this text.
std::string batching(const std::string& text, const ServerConfigOptions& options = kEight) {
  const ScratchDirectory directory;
  directory.write("b.txt", text);
  const std::vector<std::string> paths = {directory.file("b.txt")};
  return without(warnings_of(read_server_config(paths, options)), directory.path());
}
std::string value(const std::string& name, std::int64_t number) {
  return name + " { value: " + std::to_string(number) + " }\n";
}
std::string error(const std::string& text) {
  return "error: b.txt:" + text + "\n";
}
std::string warning(const std::string& text) {
  return "warning: b.txt:" + text + "\n";
}

// --- refused -------------------------------------------------------------------------------------

TEST(ConfigRule, ThreadsMustBePositive) {
  EXPECT_EQ(batching("num_batch_threads {}"),
            error("1:1: num_batch_threads must be positive; was 0"));
  EXPECT_EQ(batching(value("num_batch_threads", -3)),
            error("1:1: num_batch_threads must be positive; was -3"));
  EXPECT_EQ(batching(value("num_batch_threads", 1)), "");
}

TEST(ConfigRule, ThreadsBeyondOurLanesAreRefused) {
  EXPECT_THAT(batching(value("num_batch_threads", kMaxLanes)), Not(HasSubstr("error")));
  EXPECT_EQ(batching(value("num_batch_threads", kMaxLanes + 1)),
            error("1:1: num_batch_threads must be at most 4096; was 4097"));
}

TEST(ConfigRule, BatchSizeMustBePositive) {
  EXPECT_EQ(batching(value("max_batch_size", 0)),
            error("1:1: input_batch_size_limit must be positive; was 0"));
  EXPECT_EQ(batching(value("max_batch_size", -1)),
            error("1:1: max_batch_size must be positive; was -1 (TF-Serving takes it for "
                  "18446744073709551615)"));
  EXPECT_EQ(batching(value("max_batch_size", 1)), "");
}

TEST(ConfigRule, TimeoutMayNotBeNegative) {
  EXPECT_EQ(batching("\n" + value("batch_timeout_micros", -1)),
            error("2:1: batch_timeout_micros must be non-negative; was -1"));
  EXPECT_EQ(batching(value("batch_timeout_micros", 0)), "");
}

TEST(ConfigRule, EnqueuedBatchesZeroIsOneWithoutSplittingAndRefusedWithIt) {
  EXPECT_THAT(batching(value("max_enqueued_batches", 0)),
              HasSubstr(warning("1:1: max_enqueued_batches 0 acts as 1")));
  EXPECT_EQ(batching(value("max_batch_size", 8) + value("max_enqueued_batches", 0) +
                     "enable_large_batch_splitting { value: true }"),
            error("2:1: max_enqueued_batches must be positive; was 0"));
  EXPECT_EQ(batching(value("max_enqueued_batches", -1)),
            error("1:1: max_enqueued_batches must be positive; was -1 (TF-Serving takes it for "
                  "18446744073709551615)"));
}

TEST(ConfigRule, LastAllowedSizeMustEqualTheMaximum) {
  EXPECT_EQ(batching(value("max_batch_size", 32) + "allowed_batch_sizes: [8, 16]"),
            error("2:1: Last entry in allowed_batch_sizes must match max_batch_size; last entry "
                  "was 16; expected 32"));
  EXPECT_THAT(batching(value("max_batch_size", 16) + "allowed_batch_sizes: [8, 16]"),
              Not(HasSubstr("error")));
  // Unset, the maximum is 1000.
  EXPECT_EQ(batching("allowed_batch_sizes: [500, 999]"),
            error("1:1: Last entry in allowed_batch_sizes must match max_batch_size; last entry "
                  "was 999; expected 1000"));
  EXPECT_EQ(batching("allowed_batch_sizes: [500, 1000]"),
            warning("1:1: allowed_batch_sizes has wide gaps: a batch of 1 row is padded to 500: 99 "
                    "% of it is filler"));
}

TEST(ConfigRule, LastAllowedSizeIsComparedWithTheMaximumAlsoWhenSplitting) {
  const std::string splits = value("max_batch_size", 64) + value("max_execution_batch_size", 32) +
                             "enable_large_batch_splitting { value: true }\n";
  EXPECT_EQ(batching(splits + "allowed_batch_sizes: [16, 32]"),
            error("4:1: Last entry in allowed_batch_sizes must match max_batch_size; last entry "
                  "was 32; expected 64"));
  // Legal, and the entry above the execution size is dead (TF 2.17 quirk 14).
  EXPECT_EQ(batching(splits + "allowed_batch_sizes: [1, 2, 4, 8, 16, 32, 64]"),
            warning("4:1: allowed_batch_sizes 64 (1 of 7) can never be chosen: a batch holds at "
                    "most max_execution_batch_size 32 rows"));
}

TEST(ConfigRule, SplittingNeedsASizeOrTheServerDividesByZero) {
  const std::string splits = "enable_large_batch_splitting { value: true }\n";
  EXPECT_EQ(batching(splits),
            error("1:1: found enable_large_batch_splitting with neither max_batch_size nor "
                  "max_execution_batch_size, expected one of them: TF-Serving divides by zero at "
                  "the first request; write max_execution_batch_size { value: 1000 }"));
  EXPECT_EQ(batching(splits + value("max_execution_batch_size", 0)),
            error("2:1: found max_execution_batch_size 0 with enable_large_batch_splitting, "
                  "expected at least 1: TF-Serving divides by zero at the first request"));
  EXPECT_EQ(batching(splits + value("max_execution_batch_size", 1)), "");
  // Off, neither is looked at.
  EXPECT_EQ(batching("enable_large_batch_splitting { value: false }"), "");
  EXPECT_THAT(batching(value("max_execution_batch_size", 0)), Not(HasSubstr("error")));
}

TEST(ConfigRule, ExecutionSizeMayNotExceedTheInputLimit) {
  const std::string splits =
      value("max_batch_size", 32) + "enable_large_batch_splitting { value: true }\n";
  EXPECT_EQ(batching(splits + value("max_execution_batch_size", 33)),
            error("3:1: When enable_large_batch_splitting is true, input_batch_size_limit must be "
                  "greater than or equal to max_execution_batch_size.13233"));
  EXPECT_THAT(batching(splits + value("max_execution_batch_size", 32)), Not(HasSubstr("error")));
  // A negative one is enormous to the server.
  EXPECT_EQ(batching(splits + value("max_execution_batch_size", -1)),
            error("3:1: When enable_large_batch_splitting is true, input_batch_size_limit must be "
                  "greater than or equal to max_execution_batch_size.13218446744073709551615"));
}

// --- accepted, and cannot work -------------------------------------------------------------------

TEST(ConfigWarning, UnsetThreadsAreAnnouncedUnlessTheCpuCountIsGiven) {
  EXPECT_EQ(batching(value("max_batch_size", 4), {.server_cpus = 16}),
            warning("1:1: num_batch_threads is not set: TF-Serving uses its CPU count; assuming "
                    "16, set --server-cpus") +
                warning("1:1: max_enqueued_batches 10 cannot refill 16 batch threads: at most 10 "
                        "batches wait when all become idle; set it to at least 16"));
  EXPECT_EQ(batching(value("max_batch_size", 4), kEight), "");
}

TEST(ConfigWarning, FewerWaitingBatchesThanThreads) {
  EXPECT_EQ(batching(value("max_enqueued_batches", 7)),
            warning("1:1: max_enqueued_batches 7 cannot refill 8 batch threads: at most 7 batches "
                    "wait when all become idle; set it to at least 8"));
  EXPECT_EQ(batching(value("max_enqueued_batches", 8)), "");
}

TEST(ConfigWarning, OneWaitingBatchIsTheOpenOne) {
  EXPECT_EQ(batching(value("max_batch_size", 32) + value("max_enqueued_batches", 1) +
                     value("num_batch_threads", 1)),
            warning("2:1: max_enqueued_batches 1 makes the open batch the whole queue: once it "
                    "holds 32 rows, every request is refused until a batch thread takes it"));
  EXPECT_EQ(batching(value("max_enqueued_batches", 2) + value("num_batch_threads", 1)), "");
}

TEST(ConfigWarning, AQueueThatRefusesNobody) {
  const std::string eight = value("num_batch_threads", 8);
  EXPECT_EQ(batching(eight + value("max_enqueued_batches", 8000)), "");
  EXPECT_EQ(batching(eight + value("max_enqueued_batches", 8001)),
            warning("2:1: max_enqueued_batches 8001 over 8 batch threads refuses nobody: a request "
                    "may wait behind 1001 batches of its own queue"));
}

TEST(ConfigWarning, ManyThreadsOnOneGpu) {
  const std::string deep = value("max_enqueued_batches", 100);
  EXPECT_EQ(batching(deep + value("num_batch_threads", 32)), "");
  EXPECT_EQ(batching(deep + value("num_batch_threads", 48)),
            warning("2:1: num_batch_threads 48: TensorFlow executes the batches of one GPU one "
                    "after another, so up to 47 threads hold a batch that waits"));
}

TEST(ConfigWarning, BatchesThatNothingFills) {
  EXPECT_EQ(batching(value("max_batch_size", 10000)), "");
  EXPECT_EQ(batching(value("max_batch_size", 10001)),
            warning("1:1: max_batch_size 10001 is hardly ever filled: 1000 rows/s take 10 s to do "
                    "it, so each batch leaves with what is there"));
  EXPECT_EQ(batching(value("max_batch_size", 20000000) + value("batch_timeout_micros", 5000)),
            warning("1:1: max_batch_size 20000000 is hardly ever filled: 1000 rows/s take 16777 s "
                    "to do it, so the time-out ends each batch") +
                warning("1:1: max_batch_size 20000000 is beyond what Lockstep counts, read as "
                        "16777216"));
}

TEST(ConfigWarning, TimeoutsFinerThanThePollingOrLongerThanASecond) {
  EXPECT_EQ(batching(value("batch_timeout_micros", 5)),
            warning("1:1: batch_timeout_micros 5 is finer than the 1 ms in which an idle batch "
                    "thread looks again: such a batch leaves 5 to 1005 us after its first "
                    "request"));
  EXPECT_THAT(batching(value("batch_timeout_micros", 999)), HasSubstr("is finer than"));
  EXPECT_EQ(batching(value("batch_timeout_micros", 1000)), "");
  EXPECT_EQ(batching(value("batch_timeout_micros", 999999)), "");
  EXPECT_EQ(batching(value("batch_timeout_micros", 1000000)),
            warning("1:1: batch_timeout_micros 1000000: a request that comes alone waits 1s for "
                    "its batch to leave"));
  EXPECT_EQ(batching(value("batch_timeout_micros", 1152921504606847)),
            warning("1:1: batch_timeout_micros 1152921504606847 is beyond what Lockstep counts, "
                    "read as 1152921504606846 (36 years)"));
}

TEST(ConfigWarning, ExecutionSizeWithoutSplittingHasNoEffect) {
  EXPECT_EQ(batching(value("max_batch_size", 128) + value("max_execution_batch_size", 32)),
            warning("2:1: max_execution_batch_size 32 has no effect without "
                    "enable_large_batch_splitting: batches hold up to max_batch_size 128 rows"));
}

TEST(ConfigWarning, SplittingAtTheInputLimitAdmitsNothingNew) {
  const std::string splits =
      value("max_batch_size", 32) + "enable_large_batch_splitting { value: true }\n";
  const std::string expected = warning(
      "2:1: enable_large_batch_splitting admits no larger requests: those above 32 rows "
      "are refused as before; raise max_batch_size above max_execution_batch_size 32");
  EXPECT_EQ(batching(splits), expected);  // absent, it takes max_batch_size
  EXPECT_EQ(batching(splits + value("max_execution_batch_size", 32)), expected);
  EXPECT_EQ(batching(splits + value("max_execution_batch_size", 31)), "");
}

TEST(ConfigWarning, AllowedSizesOutOfOrderAreDead) {
  EXPECT_EQ(batching(value("max_batch_size", 16) + "allowed_batch_sizes: [1, 8, 4, 8, 16]"),
            warning("2:1: allowed_batch_sizes 4,8 (2 of 5) can never be chosen: the server takes "
                    "the first entry of the list that is large enough, and an entry before is no "
                    "smaller") +
                warning("2:1: allowed_batch_sizes has wide gaps: a batch of 2 rows is padded to 8: "
                        "75 % of it is filler"));
}

TEST(ConfigWarning, AllowedSizesThatPadMoreThanHalf) {
  const std::string sixteen = value("max_batch_size", 16);
  EXPECT_EQ(batching(sixteen + "allowed_batch_sizes: [1, 2, 4, 8, 16]"), "");
  // Of 8 rows, 4 of them: exactly half.
  EXPECT_EQ(batching(sixteen + "allowed_batch_sizes: [1, 3, 8, 16]"), "");
  EXPECT_EQ(batching(sixteen + "allowed_batch_sizes: [1, 2, 8, 16]"),
            warning("2:1: allowed_batch_sizes has wide gaps: a batch of 3 rows is padded to 8: 62 "
                    "% of it is filler"));
}

TEST(ConfigWarning, AFullBatchThatIsPadded) {
  EXPECT_EQ(batching(value("max_batch_size", 64) + value("max_execution_batch_size", 48) +
                     "enable_large_batch_splitting { value: true }\n"
                     "allowed_batch_sizes: [1, 2, 4, 8, 16, 32, 64]"),
            warning("4:1: allowed_batch_sizes has no entry for a full batch, which of 48 rows is "
                    "padded to 64: 25 % of it is filler"));
}

TEST(ConfigWarning, PaddingOfShapesHasNoEffectHere) {
  EXPECT_EQ(batching("pad_variable_length_inputs: true"),
            warning("1:1: pad_variable_length_inputs has no effect here: requests have rows but no "
                    "shapes, 0 us are added for longer ones"));
  EXPECT_EQ(batching("pad_variable_length_inputs: false"), "");
}

// --- in effect -----------------------------------------------------------------------------------

std::string effective(const std::string& text) {
  const ScratchDirectory directory;
  directory.write("b.txt", text);
  const std::vector<std::string> paths = {directory.file("b.txt")};
  const Result<ServerConfig> config = read_server_config(paths, kEight);
  if (!config) {
    return config.error().message;
  }
  std::string lines;
  for (const EffectiveSetting& setting : effective_settings(*config, 0, nullptr, 8)) {
    lines += setting.name + "=" + setting.value +
             (setting.where ? "@" + std::to_string(setting.where->line) : "") + "\n";
  }
  return lines;
}

TEST(EffectiveSettings, AreTheServersDefaultsWhereNothingIsSaid) {
  EXPECT_EQ(effective("pad_variable_length_inputs: false"),
            "max_batch_size=1000\nbatch_timeout_micros=0\nmax_enqueued_batches=10\n"
            "num_batch_threads=8\nthread_pool_name=batch_threads\nallowed_batch_sizes=\n"
            "pad_variable_length_inputs=false@1\nenable_large_batch_splitting=false\n"
            "max_execution_batch_size=1000\n");
}

TEST(EffectiveSettings, KeepWhatIsSaidWithItsPlace) {
  EXPECT_EQ(effective("max_batch_size { value: 64 }\nbatch_timeout_micros { value: 5 }\n"
                      "max_enqueued_batches { value: 0 }\nnum_batch_threads { value: 2 }\n"
                      "thread_pool_name { value: \"p\" }\nallowed_batch_sizes: [16, 64]"),
            "max_batch_size=64@1\nbatch_timeout_micros=5@2\nmax_enqueued_batches=1@3\n"
            "num_batch_threads=2@4\nthread_pool_name=p@5\nallowed_batch_sizes=16,64@6\n"
            "pad_variable_length_inputs=false\nenable_large_batch_splitting=false\n"
            "max_execution_batch_size=64\n");
}

TEST(EffectiveSettings, HoldOnlyAllowedSizesThatCanBeChosen) {
  EXPECT_THAT(effective("max_batch_size { value: 64 }\nallowed_batch_sizes: [0, 8, 4, 8, 32, 64]\n"
                        "enable_large_batch_splitting { value: true }\n"
                        "max_execution_batch_size { value: 16 }"),
              testing::AllOf(HasSubstr("allowed_batch_sizes=8,32@2\n"),
                             HasSubstr("max_execution_batch_size=16@4\n")));
}

TEST(EffectiveSettings, StayWithinWhatLockstepCounts) {
  EXPECT_THAT(effective("max_batch_size { value: 20000000 }\nbatch_timeout_micros { value: "
                        "9000000000000000000 }\nallowed_batch_sizes: [8, 20000000]"),
              testing::AllOf(HasSubstr("max_batch_size=16777216@1\n"),
                             HasSubstr("batch_timeout_micros=1152921504606846@2\n"),
                             HasSubstr("allowed_batch_sizes=8,16777216@3\n")));
}

}  // namespace
}  // namespace lockstep
