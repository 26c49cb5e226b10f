// lockstep import: any trace as our own CSV, whole or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/support/program.h"
#include "tests/support/sanitized.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kData = LOCKSTEP_SOURCE_DIR "/tests/traces/data/";

class Import : public ProgramTest {};

TEST_F(Import, GivesOneTraceInTwoFormatsTheSameBytes) {
  const ProgramResult azure = run("import " + kData + "azure_conv_first_49_rows.csv -o azure.csv");
  EXPECT_EQ(azure.exit_code, 0);
  EXPECT_EQ(azure.output,
            "azure_conv_first_49_rows.csv: 49 requests over 26.4 s, format azure-llm-2023\n");
  ASSERT_EQ(run("import " + kData + "vidur_conv_first_49_rows.csv -o vidur.csv").exit_code, 0);
  EXPECT_THAT(read("azure.csv"), StartsWith("arrival_ns\n0\n4314579000\n"));
  EXPECT_EQ(read("vidur.csv"), read("azure.csv"));
}

TEST_F(Import, OfWhatGenerateWroteGivesTheSameRows) {
  ASSERT_EQ(run("generate poisson:1200/s --requests 5000 -o made.csv").exit_code, 0);
  ASSERT_EQ(run("import made.csv -o once.csv").exit_code, 0);
  const std::string made = read("made.csv");
  EXPECT_EQ(read("once.csv"), made.substr(made.find("arrival_ns")));  // the comment is not kept
  ASSERT_EQ(run("import once.csv -o twice.csv").exit_code, 0);
  EXPECT_EQ(read("twice.csv"), read("once.csv"));
}

TEST_F(Import, KeepsTheColumnsThatTheTraceHas) {
  const std::string text = "arrival_ns,queue,size,priority,timeout_ns,client\n5,bert,3,1,7,9\n";
  write("all.csv", text);
  ASSERT_EQ(run("import all.csv -o same.csv").exit_code, 0);
  EXPECT_EQ(read("same.csv"), text);
  write("log.csv", "when,rows,who\n10.5,3,x\n11,1,y\n");
  ASSERT_EQ(run("import log.csv --map arrival=when:s,size=rows -o mapped.csv").exit_code, 0);
  EXPECT_EQ(read("mapped.csv"), "arrival_ns,size\n0,3\n500000000,1\n");
}

TEST_F(Import, ReadsCompressedTracesAndPipes) {
  write("t.csv", "arrival_ns,size\n5,1\n7,2\n");
  ASSERT_EQ(shell("gzip -k t.csv && zstd -q t.csv -o t.zst").exit_code, 0);
  const std::string program = LOCKSTEP_PROGRAM;
  EXPECT_EQ(shell(program + " import t.csv.gz 2>/dev/null").output, read("t.csv"));
  EXPECT_EQ(shell(program + " import t.zst 2>/dev/null").output, read("t.csv"));
  EXPECT_EQ(shell(program + " import - < t.csv.gz 2>/dev/null").output, read("t.csv"));
  const std::string options = " --gpu 1ms+50us/row --set num_batch_threads=1 --no-log --json";
  const ProgramResult plain = run("replay t.csv" + options);
  EXPECT_EQ(plain.exit_code, 0) << plain.output;
  EXPECT_EQ(run("replay t.csv.gz" + options).output, plain.output);
}

TEST_F(Import, LeavesNothingOfABadTrace) {
  write("cut.csv", "arrival_ns,size\n0,1\n5\n");
  write("old.csv", "old");
  const ProgramResult result = run("import cut.csv -o old.csv");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, StartsWith("error: cut.csv:3:2: found a row of 1 field"));
  EXPECT_EQ(read("old.csv"), "old");
  EXPECT_THAT(names_in("."), ElementsAre("cut.csv", "old.csv"));
}

TEST_F(Import, RefusesToWriteOverItsTrace) {
  write("t.csv", "# precious comment\narrival_ns\n5\n");
  const ProgramResult result = run("import t.csv -o ./t.csv");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, StartsWith("error: found the same file as trace and as -o ./t.csv"));
  EXPECT_THAT(read("t.csv"), StartsWith("# precious"));
}

TEST_F(Import, RefusesHostileNamesInOneLine) {
  const ProgramResult result = run("import \"$(printf 'a\\nb\\033[31m.csv')\"");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(
      result.output,
      "error: found file name \"a\\x0ab\\x1b[31m.csv\", expected one without control bytes\n");
}

TEST_F(Import, TakesTheSameOptionsAsReplay) {
  write("t.csv", "t\n2\n1\n");
  EXPECT_THAT(run("import t.csv --map arrival=t:s").output,
              HasSubstr("found time 1 after 2 in the row before"));
  EXPECT_EQ(run("import t.csv --map arrival=t:s --sort -o s.csv").exit_code, 0);
  EXPECT_EQ(read("s.csv"), "arrival_ns\n0\n1000000000\n");
  write("t.txt", "1000\n1000\n");
  EXPECT_EQ(run("import t.txt --format perf-analyzer-intervals -o i.csv").exit_code, 0);
  EXPECT_EQ(read("i.csv"), "arrival_ns\n1000000\n2000000\n");
  EXPECT_THAT(run("replay t.csv --map arrival=t:s --sort --no-log --gpu 1ms+50us/row").output,
              HasSubstr("2 requests: the arrival times of t.csv, over 1.00 s"));
  EXPECT_THAT(run("replay --map arrival=t:s --arrivals poisson:3/s --requests 3").output,
              StartsWith("error: found --map with --arrivals"));
}

TEST_F(Import, OptionsServeLintToo) {
  write("t.csv", "sent\n1\n2.5\n");
  write("batching.txt", "max_batch_size { value: 16 }\nnum_batch_threads { value: 4 }\n");
  const std::string lint = "lint batching.txt --gpu 1ms+50us/row --trace t.csv";
  EXPECT_EQ(run(lint + " --map arrival=sent:s").exit_code, 0);
  EXPECT_THAT(run(lint).output, HasSubstr("t.csv:1:1: found unknown column \"sent\""));
}

TEST_F(Import, OfAScenarioIsSaidInItsFile) {
  write("t.txt", "1000\n1000\n");
  write("t.csv", "sent\n1\n2.5\n");
  write("named.lockstep.pbtxt",
        "workload { trace: 't.txt' format: 'perf-analyzer-intervals' }\n"
        "device { gpu: '1ms+50us/row' }\n");
  write("mapped.lockstep.pbtxt",
        "workload { trace: 't.csv' map: 'arrival=sent:s' }\ndevice { gpu: '1ms+50us/row' }\n");
  write("wrong.lockstep.pbtxt", "workload { trace: 't.csv' map: 'arrival=sent' }\n");
  EXPECT_THAT(run("replay named.lockstep.pbtxt --no-log").output,
              HasSubstr("2 requests: the arrival times of t.txt, over 1.00 ms"));
  EXPECT_THAT(run("replay mapped.lockstep.pbtxt --no-log").output,
              HasSubstr("2 requests: the arrival times of t.csv, over 1.50 s"));
  const ProgramResult wrong = run("replay wrong.lockstep.pbtxt --no-log");
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.output, StartsWith("error: wrong.lockstep.pbtxt:1:27: found \"arrival=sent\""));
}

// More rows than the buffers of lines, windows and streams hold together.
TEST_F(Import, TakesTheSameMemoryHoweverLongTheLog) {
  if (support::kSanitized) {
    GTEST_SKIP() << "a sanitizer's own memory is not ours";
  }
  const ProgramResult result = shell(
      "{ printf 'app,func,end_timestamp,duration\\n'; seq 1 3000000 | "
      "sed 's/.*/aaaaaaaa,ffffffffffff,&.123456789,0.5/'; } | gzip -1 | " LOCKSTEP_PROGRAM
      " import - -o out.csv");
  ASSERT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("3000000 requests"));
  rusage usage{};
  ASSERT_EQ(::getrusage(RUSAGE_CHILDREN, &usage), 0);
  EXPECT_LT(usage.ru_maxrss, 64 * 1024) << "KiB";
}

}  // namespace
}  // namespace lockstep
