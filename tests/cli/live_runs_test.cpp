// Runs in real time through the real program. What they measure is not asserted, only that it is
// there, that the rows are right and that the log repeats.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

using LiveRuns = ProgramTest;

constexpr const char* kLive =
    "replay azure-conv-2023 --load 400x --length 200ms --on cpu --set max_batch_size=16 "
    "--set batch_timeout_micros=2000 --set num_batch_threads=4 ";

TEST_F(LiveRuns, LeaveARunThatEveryVerbReads) {
  const ProgramResult result = run(std::string(kLive) + "--model mlp:width=8,depth=2 --out live");
  // 4: the load generator lagged, which a busy machine may do to any run.
  EXPECT_THAT(result.exit_code, AnyOf(0, 4)) << result.output;
  EXPECT_THAT(result.output, HasSubstr("of real time"));
  EXPECT_THAT(result.output,
              HasSubstr("4 batch threads (lanes); model mlp:width=8,depth=2,precision=fp32"));
  EXPECT_THAT(result.output, HasSubstr("all as the reference without batching has them"));
  EXPECT_THAT(result.output, HasSubstr("re-executed: a fresh core gives the same"));
  EXPECT_EQ(result.exit_code == 4, result.output.find("NO VERDICT") != std::string::npos);
  const ProgramResult check = run("check live");
  EXPECT_EQ(check.exit_code, 0) << check.output;
  EXPECT_THAT(check.output, HasSubstr("re-executed: "));
  EXPECT_EQ(run("diagram live --from 50ms --to 60ms --text").exit_code, 0);
  EXPECT_THAT(read("live/manifest.json"), HasSubstr("\"model\": \"mlp:width=8"));
  EXPECT_THAT(read("live/manifest.json"), Not(HasSubstr("gpu_curve")));
  EXPECT_THAT(read("live/live.json"), HasSubstr("\"rows_wrong\": 0"));
  EXPECT_THAT(read("live/stages.csv"), ::testing::StartsWith("batch,launched_ns,"));
}

TEST_F(LiveRuns, ThatWereAlteredAreFound) {
  ASSERT_THAT(run(std::string(kLive) + "--out live").exit_code, AnyOf(0, 4));
  ASSERT_EQ(shell("zstd -dq live/journal.csv.zst -o j && "
                  "awk -F, 'NR == 30 { sub(/[0-9]+/, 77) } { print }' OFS=, j > k && "
                  "zstd -qf k -o live/journal.csv.zst")
                .exit_code,
            0);
  EXPECT_THAT(run("check live").exit_code, AnyOf(1, 2));
}

TEST_F(LiveRuns, WithoutALogPrintTheSame) {
  const ProgramResult result = run(std::string(kLive) + "--no-log --json");
  EXPECT_THAT(result.exit_code, AnyOf(0, 4)) << result.output;
  EXPECT_THAT(result.output, HasSubstr("\"latency_p99_ns\""));
  EXPECT_THAT(result.output, HasSubstr("load generator: half of the requests"));
  EXPECT_THAT(result.output, Not(HasSubstr("run: ")));
}

// Whether there is a GPU or not: exit code 77 says that there is none, and what is missing.
TEST_F(LiveRuns, OnAGpuThatIsNotThereAreSkipped) {
  for (const std::string verb : {"replay azure-conv-2023 --load 400x --length 50ms --no-log",
                                 "measure --model square --sizes 1 --time-limit 10ms"}) {
    const ProgramResult result = run(verb + " --on cuda");
    EXPECT_THAT(result.exit_code, AnyOf(0, 4, 77)) << result.output;
    EXPECT_EQ(result.exit_code == 77, result.output.starts_with("error: cuda: found no CUDA "))
        << result.output;
  }
}

TEST_F(LiveRuns, RefuseWhatOnlyTheSimulatorHas) {
  const std::string replay = "replay azure-conv-2023 ";
  const auto refuses = [&](const std::string& options, const std::string& message) {
    const ProgramResult result = run(options);
    EXPECT_EQ(result.exit_code, 2) << options;
    EXPECT_THAT(result.output, HasSubstr(message)) << options;
    EXPECT_FALSE(exists("runs")) << options;
  };
  refuses(replay + "--on gpu", "found --on 'gpu', expected sim, cpu or cuda");
  refuses(replay + "--on cpu --gpu v100-resnet50", "found --gpu with --on cpu, expected one");
  refuses(replay + "--on cpu --overhead 1ms", "found --overhead with --on cpu");
  refuses(replay + "--on cpu --model sqare", "model:1: found \"sqare\"");
  refuses(replay + "--on cpu --idle doze", "found --idle 'doze', expected spin, yield or sleep");
  refuses(replay + "--model square", "found --model, expected it with --on cpu");
  refuses(replay + "--idle spin", "found --idle, expected it with --on cpu");
  refuses("replay --arrivals clients:3 --requests 9 --on cpu",
          "clients that wait for answers run on virtual time");
}

}  // namespace
}  // namespace lockstep
