// lockstep measure as a person uses it. No time is judged.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class MeasureVerb : public ProgramTest {};

TEST_F(MeasureVerb, WritesAFileThatReplayTakes) {
  const ProgramResult measured = run(
      "measure --on cpu --model spin:20us/row,width=3 --sizes 1,2,4 --lanes 2 --time-limit 100ms "
      "-o gpu.csv");
  ASSERT_EQ(measured.exit_code, 0) << measured.output;
  EXPECT_THAT(measured.output,
              StartsWith("spin:20us/row,width=3 on host CPU, 1 thread; its outputs are those of "
                         "the reference\n\nrows  batches"));
  EXPECT_THAT(measured.output, HasSubstr("\nsharing: serial\n"));
  EXPECT_THAT(measured.output, HasSubstr("\ndevice file: gpu.csv\n"));
  const std::string file = read("gpu.csv");
  EXPECT_THAT(file, StartsWith("# source: spin:20us/row,width=3 on host CPU, 1 thread, "));
  EXPECT_THAT(file, HasSubstr("\nrows,p0,p5,p25,p50,p75,p90,p95,p99,p100,host\n1,"));
  const ProgramResult replayed =
      run("replay --arrivals poisson:1000/s --requests 100 --gpu gpu.csv --set max_batch_size=4 "
          "--set num_batch_threads=2");
  EXPECT_EQ(replayed.exit_code, 0) << replayed.output;
  EXPECT_EQ(run("check").exit_code, 0);
}

TEST_F(MeasureVerb, WithoutAFilePrintsTheTableAlone) {
  const ProgramResult measured = run("measure --model square --sizes 8 --time-limit 10ms");
  EXPECT_EQ(measured.exit_code, 0) << measured.output;
  EXPECT_THAT(measured.output, ::testing::Not(HasSubstr("device file")));
  EXPECT_TRUE(names_in(".").empty());
}

TEST_F(MeasureVerb, RefusesWhatItCannotMeasure) {
  const auto refusal = [this](const std::string& arguments) {
    const ProgramResult result = run("measure " + arguments + " -o gpu.csv");
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_FALSE(exists("gpu.csv")) << arguments;
    return result.output;
  };
  EXPECT_EQ(refusal("--model squar"),
            "error: model:1: found \"squar\", expected one of square, copy, mlp, spin, or FILE.so "
            "(did you mean square?)\n");
  EXPECT_EQ(refusal("--model square --on tpu"),
            "error: --on: found \"tpu\", expected cpu or cuda\n");
  EXPECT_THAT(refusal("--model my.so"), HasSubstr("found model \"my.so\" on cpu"));
  EXPECT_THAT(refusal("--model square --sizes 1,4,4"),
              StartsWith("error: found --sizes '1,4,4', expected at most 1000 rising whole"));
  EXPECT_THAT(refusal("--model square --sizes 0,1"), HasSubstr("--sizes '0,1'"));
  EXPECT_THAT(refusal("--model square --sizes 67108865"), HasSubstr("from 1 to 67108864"));
  EXPECT_THAT(refusal("--model square --sizes ''"), HasSubstr("--sizes ''"));
  EXPECT_EQ(refusal("--model square --confidence 100%"),
            "error: found --confidence '100%', expected a percentage above 0% and below 100%: "
            "95%\n");
  EXPECT_THAT(refusal("--model square --within 1"), HasSubstr("--within '1'"));
  EXPECT_THAT(refusal("--model square --time-limit 5"), HasSubstr("--time-limit '5'"));
  EXPECT_THAT(refusal("--model square --lanes 65"),
              HasSubstr("found --lanes 65, expected a whole number from 1 to 64"));
  EXPECT_THAT(refusal("--model square --threads 0"), HasSubstr("found --threads 0"));
  EXPECT_THAT(refusal("--sizes 1"), HasSubstr("--model"));
}

// What to measure follows from the server's own file: each size that a batch is padded to, on as
// many lanes as it has batch threads.
TEST_F(MeasureVerb, MeasuresTheSizesOfAServersConfiguration) {
  write("batching.txt",
        "max_batch_size { value: 12 }\nallowed_batch_sizes: 4\nallowed_batch_sizes: 12\n"
        "num_batch_threads { value: 2 }\n");
  const std::string measure = "measure --model square --time-limit 10ms --config batching.txt ";
  const ProgramResult measured = run(measure + "-o gpu.csv");
  ASSERT_EQ(measured.exit_code, 0) << measured.output;
  EXPECT_THAT(measured.output, HasSubstr("measured for this server: --sizes 1,4,12 --lanes 2\n"));
  EXPECT_THAT(measured.output, StartsWith("warning: batching.txt:2:1: allowed_batch_sizes has "));
  EXPECT_THAT(read("gpu.csv"), HasSubstr("\n12,"));
  const ProgramResult replayed =
      run("replay --arrivals poisson:1000/s --requests 100 --gpu gpu.csv --config batching.txt");
  EXPECT_EQ(replayed.exit_code, 0) << replayed.output;
  // Without padding: powers of two up to the largest. What is said goes before the file.
  EXPECT_THAT(run("measure --model square --time-limit 10ms --set max_batch_size=12 "
                  "--set num_batch_threads=3")
                  .output,
              StartsWith("measured for this server: --sizes 1,2,4,8,12 --lanes 3\n"));
  EXPECT_THAT(run(measure + "--sizes 3 --lanes 1").output,
              HasSubstr("measured for this server: --sizes 3 --lanes 1\n"));
  // What it assumes, it says, as replay does.
  EXPECT_THAT(run("measure --model square --time-limit 10ms --set max_batch_size=2 "
                  "--server-cpus 2")
                  .output,
              HasSubstr("measured for this server: --sizes 1,2 --lanes 2\n"));
  EXPECT_THAT(run("measure --model square --time-limit 10ms --set max_batch_size=2").output,
              StartsWith("note: num_batch_threads is not set: TF-Serving uses its CPU count; "
                         "assuming 8, set --server-cpus\n"));
  EXPECT_THAT(run("measure --model square --set num_batch_threads=65").output,
              StartsWith("error: found a server with 65 batch threads, expected at most 64 lanes "
                         "to measure: say how many with --lanes\n"));
  const ProgramResult wrong = run(measure + "--set max_batch_sise=12");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.output, StartsWith("error: "));
  EXPECT_THAT(wrong.output, HasSubstr("max_batch_sise"));
}

// The curve that is measured for a server covers what replay then asks of it.
TEST_F(MeasureVerb, MeasuresTheSizesOfLowPriorityQueuesAndOfServersThatDoNotPad) {
  for (const std::string settings :
       {"--set max_batch_size=8 --set allowed_batch_sizes=4,8 --set enable_priority_queue=true "
        "--set low_priority_max_batch_size=16 --set low_priority_allowed_batch_sizes=12,16 ",
        "--set max_batch_size=8 --set allowed_batch_sizes=2,8 --set disable_padding=true "}) {
    const std::string common = settings + "--set num_batch_threads=1 ";
    const ProgramResult measured =
        run("measure --model square --time-limit 10ms -o gpu.csv " + common);
    ASSERT_EQ(measured.exit_code, 0) << measured.output;
    EXPECT_THAT(measured.output,
                ::testing::AnyOf(HasSubstr("--sizes 1,4,8,12,16 "), HasSubstr("--sizes 1,2,4,8 ")));
    const ProgramResult replayed =
        run("replay --arrivals poisson:1000/s --requests 50 --gpu gpu.csv " + common);
    EXPECT_EQ(replayed.exit_code, 0) << replayed.output;
  }
}

TEST_F(MeasureVerb, AFileThatCannotBeWrittenIsAnError) {
  const ProgramResult result =
      run("measure --model square --sizes 1 --time-limit 1ms -o missing/gpu.csv");
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_THAT(result.output, HasSubstr("error: "));
}

TEST_F(MeasureVerb, ModelsAreListed) {
  const ProgramResult list = run("list models");
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_THAT(list.output, StartsWith("square[:width=1]"));
  EXPECT_THAT(run("list model").output, HasSubstr("gpus, models, formats"));
}

}  // namespace
}  // namespace lockstep
