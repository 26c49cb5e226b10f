// `--on cuda` through the whole program, over a fake CUDA in real time: a run, and each way in
// which a device fails in the middle of one. (On a real GPU: tests/gpu_backend/gpu_test.cpp,
// gpu_check.)
#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class FakeCudaRuns : public ProgramTest {
 protected:
  ProgramResult replay(const std::string& more = "") {
    return shell(std::string(LOCKSTEP_ON_FAKE_CUDA) +
                 " replay --arrivals constant:2000/s --requests 300 --on cuda --model square "
                 "--set max_batch_size=8 --set batch_timeout_micros=1000 "
                 "--set num_batch_threads=2 --out run " +
                 more);
  }
  // Whatever became of the run, its journal is whole and a fresh core decides the same.
  void expect_log_repeats() {
    const ProgramResult check = run("check run");
    EXPECT_EQ(check.exit_code, 0) << check.output;
    EXPECT_THAT(check.output, HasSubstr("re-executed: "));
  }
};

TEST_F(FakeCudaRuns, GiveTheRowsBackAndLeaveNothing) {
  const ProgramResult result = replay();
  // 4: the load generator lagged, which a busy machine may do to any run.
  EXPECT_THAT(result.exit_code, AnyOf(0, 4)) << result.output;
  EXPECT_THAT(result.output, HasSubstr("all as the reference without batching has them"));
  EXPECT_THAT(result.output, Not(HasSubstr("fake CUDA")));
  EXPECT_THAT(read("run/live.json"), HasSubstr("\"device_lost\": \"\""));
  EXPECT_THAT(read("run/live.json"), HasSubstr("\"rows_wrong\": 0"));
  expect_log_repeats();
}

// Rows of 128 KiB: batches of two or more are copied by the other threads.
TEST_F(FakeCudaRuns, WithSeveralThreadsGiveTheRowsBack) {
  const ProgramResult result =
      shell(std::string(LOCKSTEP_ON_FAKE_CUDA) +
            " replay --arrivals constant:400/s --requests 100 --on cuda --model square:width=32768 "
            "--set max_batch_size=8 --set batch_timeout_micros=8000 --set num_batch_threads=2 "
            "--workers 3 --out run");
  EXPECT_THAT(result.exit_code, AnyOf(0, 4)) << result.output;
  EXPECT_THAT(result.output, HasSubstr("outputs: 100 rows, all as the reference"));
  EXPECT_THAT(result.output, HasSubstr("copies: 2 other threads made "));
  EXPECT_THAT(read("run/live.json"), Not(HasSubstr("\"copies_by_other_threads\": 0")));
  EXPECT_THAT(read("run/manifest.json"), HasSubstr("\"workers\": \"3\""));
  expect_log_repeats();
}

// A sticky error: the lane is fenced, its batch fails, the rest is drained, and the exit code is 4.
TEST_F(FakeCudaRuns, OfALostDeviceSayWhichCallAndExitWith4) {
  ASSERT_EQ(shell("echo 'launch 30 sticky' >fake_cuda.txt").exit_code, 0);
  const ProgramResult result = replay();
  EXPECT_EQ(result.exit_code, 4) << result.output;
  EXPECT_THAT(result.output, HasSubstr("NO VERDICT  the device was lost: "));
  EXPECT_THAT(result.output, HasSubstr("launch"));
  EXPECT_THAT(result.output, Not(HasSubstr("fake CUDA: misuse")));
  EXPECT_THAT(read("run/live.json"), Not(HasSubstr("\"device_lost\": \"\"")));
  expect_log_repeats();
}

// Of two GPUs one is lost: the other goes on, and the run is none to judge by all the same.
TEST_F(FakeCudaRuns, OfOneLostGpuOfTwoGoOnWithTheOther) {
  ASSERT_EQ(shell("echo 'launch 10 sticky' >fake_cuda.txt").exit_code, 0);
  const ProgramResult result = replay("--gpus 2");
  EXPECT_EQ(result.exit_code, 4) << result.output;
  EXPECT_THAT(result.output, HasSubstr("NO VERDICT  the device was lost: "));
  EXPECT_THAT(result.output, Not(HasSubstr("fake CUDA: misuse")));
  expect_log_repeats();
}

// The device is made on one thread and used on another, and in CUDA each thread has a current
// device of its own.
TEST_F(FakeCudaRuns, OnTwoGpusUseEachOneAsTheCurrentOne) {
  const ProgramResult result = replay("--gpus 2");
  EXPECT_THAT(result.exit_code, AnyOf(0, 4)) << result.output;
  EXPECT_THAT(result.output, HasSubstr("2 x Fake GPU"));
  EXPECT_THAT(result.output, HasSubstr("all as the reference without batching has them"));
  EXPECT_THAT(result.output, Not(HasSubstr("fake CUDA")));
  expect_log_repeats();
}

// An error that leaves the device alive fails its batch, and nothing else.
TEST_F(FakeCudaRuns, OfALaunchThatIsRefusedLoseOneBatch) {
  ASSERT_EQ(shell("echo 'launch 30 refused' >fake_cuda.txt").exit_code, 0);
  const ProgramResult result = replay();
  EXPECT_THAT(result.exit_code, AnyOf(0, 4)) << result.output;
  EXPECT_THAT(result.output, Not(HasSubstr("the device was lost")));
  EXPECT_THAT(read("run/live.json"), HasSubstr("\"batches_failed\": 1"));
  EXPECT_THAT(result.output, Not(HasSubstr("fake CUDA")));
  expect_log_repeats();
}

// A batch that hangs for a minute: its lane is given up after 50 ms, the other serves the rest.
TEST_F(FakeCudaRuns, OfABatchThatHangsEndByTheWatchdog) {
  ASSERT_EQ(shell("echo 'hang 20' >fake_cuda.txt").exit_code, 0);
  const ProgramResult result = replay("--watchdog 50ms");
  EXPECT_THAT(result.exit_code, AnyOf(0, 4)) << result.output;
  EXPECT_THAT(read("run/requests.csv"), HasSubstr("watchdog"));
  EXPECT_EQ(shell("zstd -dc run/journal.csv.zst | grep -c lane-down").output, "1\n");
  EXPECT_THAT(read("run/manifest.json"), HasSubstr("\"watchdog\": \"50ms\""));
  expect_log_repeats();
}

TEST_F(FakeCudaRuns, WithoutMemoryForTheirBuffersAreNotBegun) {
  ASSERT_EQ(shell("echo 'allocate_pinned 1 out-of-memory' >fake_cuda.txt").exit_code, 0);
  const ProgramResult result = replay();
  EXPECT_EQ(result.exit_code, 4) << result.output;
  EXPECT_THAT(result.output, ::testing::StartsWith("error: "));
  EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
  EXPECT_NE(shell("test -e run").exit_code, 0);
}

}  // namespace
}  // namespace lockstep
