// Closed-loop clients through the real program: --arrivals clients:N.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using ClientRuns = ProgramTest;

constexpr const char* kTenThreads =
    "replay --arrivals clients:10 --requests 1000 --gpu 1ms+50us/row ";

// The handler of the blog posts: full batches of 32 only.
TEST_F(ClientRuns, TenThreadsStarveAtTheNaiveHandler) {
  const ProgramResult result =
      run(std::string(kTenThreads) + "--no-log --scheduler naive-full-batch --set batch_size=32");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\n10 clients wait for ever\n"));
  EXPECT_THAT(result.output, HasSubstr("10 requests were never answered"));
}

TEST_F(ClientRuns, TenThreadsAreServedByTheTimeOut) {
  const std::string replay =
      std::string(kTenThreads) +
      "--set max_batch_size=32 --set batch_timeout_micros=2000 --set num_batch_threads=4";
  const ProgramResult result = run(replay + " --out run");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, StartsWith("1,000 requests: generated, clients:10, seed 1"));
  EXPECT_THAT(result.output, Not(HasSubstr("wait")));
  // Ten rows a batch: 2 ms until its time-out and 1.5 ms on the GPU, for everybody.
  EXPECT_THAT(result.output, HasSubstr("tf-shared  3.50 ms  3.50 ms  3.50 ms   10.0"));
  EXPECT_EQ(run("check run").exit_code, 0);
  EXPECT_THAT(read("run/manifest.json"), HasSubstr("\"arrivals\": \"clients:10\""));
  EXPECT_THAT(run(replay + " --out run").output, HasSubstr("already there, unchanged"));
}

// 10 ms of work for everybody who waits, room for one: most are refused at first.
TEST_F(ClientRuns, SayWhatTheServersLogDoesNot) {
  const std::string replay =
      "replay --arrivals clients:9,think=1ms,timeout=25ms,retry=2ms,retries=3 --requests 90 --gpu "
      "10ms+0us/row --set max_batch_size=1 --set max_enqueued_batches=2 --set num_batch_threads=1";
  const ProgramResult result = run(replay + " --out run");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("requests were given up by their clients"));
  EXPECT_THAT(result.output, HasSubstr("arrivals are retries"));
  EXPECT_THAT(result.output, HasSubstr("refused or failed: queue-full"));
  // Beside the JSON, which holds what the log holds.
  const ProgramResult json = run(replay + " --no-log --json");
  EXPECT_THAT(json.output, HasSubstr("arrivals are retries"));
  EXPECT_THAT(json.output, HasSubstr("\"latency_p99_ns\""));
  EXPECT_EQ(run("check run").exit_code, 0);
}

TEST_F(ClientRuns, SendToAQueueOfTheConfiguration) {
  const std::string replay =
      "replay --requests 20 --gpu 1ms+50us/row --set num_batch_threads=2 --set max_batch_size@a=8 "
      "--set max_batch_size@b=4 --arrivals clients:2";
  EXPECT_EQ(run(replay + ",queue=b --out run").exit_code, 0);
  EXPECT_THAT(read("run/requests.csv"), HasSubstr(",b,"));
  EXPECT_THAT(read("run/requests.csv"), Not(HasSubstr(",a,")));
  EXPECT_EQ(run(replay + ",queue=b:new --out signature").exit_code, 0);
  EXPECT_EQ(run("check signature").exit_code, 0);
  EXPECT_THAT(run(replay + ",queue=c --no-log").output,
              HasSubstr("found a request for queue 'c', expected a or b"));
  EXPECT_THAT(run(replay + " --no-log").output, HasSubstr("found requests without a queue"));
}

TEST_F(ClientRuns, OfAScenarioFile) {
  write("ten.lockstep.pbtxt",
        "workload { arrivals: \"clients:10,think=1ms\" requests: 500 }\n"
        "scheduler { name: \"tf-shared\" }\n");
  const ProgramResult result = run("replay ten.lockstep.pbtxt --no-log");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("note: no --gpu given"));
  EXPECT_THAT(result.output, HasSubstr("500 requests: generated, clients:10,think=1ms, seed 1"));
}

TEST_F(ClientRuns, WrongTextsSayWhatWasExpected) {
  struct Case {
    const char* arrivals;
    const char* message;
  };
  for (const Case& wrong :
       {Case{"clients:", "with '', expected clients:N of 1 to 10000"},
        Case{"clients:0", "with '0', expected clients:N of 1 to 10000"},
        Case{"clients:10001", "with '10001', expected clients:N of 1 to 10000"},
        Case{"clients:10,thnik=2ms", "with 'thnik=2ms', expected think, size, queue, "},
        Case{"clients:10,think=2", "with 'think=2', expected think with a unit"},
        Case{"clients:10,think=exp:0ms",
             "expected think with a unit, up to a year, such as "
             "think=exp:2ms"},
        Case{"clients:10,size=0", "with 'size=0', expected size of 1 to"},
        Case{"clients:10,size=1,size=2", "with 'size=2', expected size once"},
        Case{"clients:10,retry=1ms", "with 'retry', expected both, such as retry=1ms,retries=5"},
        Case{"clients:10,queue=", "with 'queue=', expected queue as 1 to 64 printable"},
        Case{"clients:10,queue=\xc3\xa9", "expected queue as 1 to 64 printable ASCII"},
        Case{"clients:10,", "with ',', expected something behind it"}}) {
    const ProgramResult result =
        run(std::string("replay --requests 5 --gpu 1ms+50us/row --arrivals ") + wrong.arrivals);
    EXPECT_EQ(result.exit_code, 2) << wrong.arrivals;
    EXPECT_THAT(result.output,
                StartsWith(std::string("error: found arrivals '") + wrong.arrivals + "' with "));
    EXPECT_THAT(result.output, HasSubstr(wrong.message));
    EXPECT_FALSE(exists("runs"));
  }
  EXPECT_THAT(run("replay --arrivals clients:2 --gpu 1ms+50us/row").output,
              HasSubstr("expected --requests N"));
  EXPECT_THAT(run("replay --arrivals clients:2 --requests 5 --load 2x --gpu 1ms+50us/row").output,
              HasSubstr("found --load 2x with clients"));
  EXPECT_THAT(run("generate clients:2 --requests 5").output,
              HasSubstr("expected traffic that does not wait for answers"));
}

}  // namespace
}  // namespace lockstep
