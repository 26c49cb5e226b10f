// Memory does not grow with the trace: the largest process stays below 64 MiB.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/program.h"
#include "tests/support/sanitized.h"

namespace lockstep {
namespace {

using support::kSanitized;

class Memory : public ProgramTest {};

TEST_F(Memory, StaysBelow64MiBHoweverLongTheTrace) {
  if (kSanitized) {
    GTEST_SKIP() << "a sanitizer's own memory is not ours";
  }
  // 65 MB of rows, more than any buffer of the reader; both ends of the pipe stream.
  const ProgramResult result =
      shell(LOCKSTEP_PROGRAM " generate poisson:17230/s --requests 5000000 | " LOCKSTEP_PROGRAM
                             " replay - --no-log --gpu 1ms+50us/row --gpus 2 --json "
                             "--set num_batch_threads=2 --set max_batch_size=32 "
                             "--set batch_timeout_micros=2000");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, ::testing::HasSubstr("\"answered\": 5000000"));
  rusage usage{};
  ASSERT_EQ(::getrusage(RUSAGE_CHILDREN, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, 64 * 1024) << "KiB";
}

// The files of a run of 400,000 requests, 50 MB, are compared with those that are there.
TEST_F(Memory, StaysBelow64MiBWhenALoggedRunIsRepeated) {
  if (kSanitized) {
    GTEST_SKIP() << "a sanitizer's own memory is not ours";
  }
  const std::string words =
      "replay --arrivals poisson:17230/s --requests 400000 --gpu 1ms+50us/row --gpus 2 "
      "--set num_batch_threads=2 --set max_batch_size=32 --set batch_timeout_micros=2000";
  ASSERT_EQ(run(words).exit_code, 0);
  EXPECT_THAT(run(words).output, ::testing::HasSubstr("(already there, unchanged)"));
  rusage usage{};
  ASSERT_EQ(::getrusage(RUSAGE_CHILDREN, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, 64 * 1024) << "KiB";
}

}  // namespace
}  // namespace lockstep
