// lockstep explain as a person uses it: words from the log, and what a change would have done.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ExplainVerb : public ProgramTest {
 protected:
  ProgramResult replay(const std::string& options) {
    const ProgramResult result =
        run("replay --arrivals poisson:1500/s,queue=bert:1,resnet:1 --requests 300 "
            "--gpu 2ms+100us/row,h2d=100us+10us/row,d2h=50us+1us/row --set max_batch_size=8 " +
            options);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return result;
  }
  // The words after "took " in the first line.
  static std::string latency_in(const std::string& text) {
    const std::size_t took = text.find(" took ");
    return took == std::string::npos ? text
                                     : text.substr(took + 6, text.find(':', took) - took - 6);
  }
};

TEST_F(ExplainVerb, SaysWhatTheSlowestRequestWaitedForAndWhatWouldHaveHelped) {
  replay("--set num_batch_threads=2 --set batch_timeout_micros=2000 --out a");
  const ProgramResult result = run("explain a");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(run("explain a").output, result.output);
  expect_golden("explain.txt", result.output);
  EXPECT_THAT(run("explain a --no-rerun").output, Not(HasSubstr("arrivals again")));
  EXPECT_THAT(run("explain a --batch 7").output, HasSubstr("of its requests this one waited "));
}

// What it says of a change is what the changed run does.
TEST_F(ExplainVerb, AChangeIsRunAndNotGuessed) {
  replay("--set num_batch_threads=2 --set batch_timeout_micros=2000 --out a");
  replay("--set num_batch_threads=2 --set batch_timeout_micros=9000 --out b");
  const std::string changed = latency_in(run("explain b --request 150 --no-rerun").output);
  const ProgramResult result = run("explain a --request 150 --set batch_timeout_micros=9000");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_NE(latency_in(result.output), changed);
  EXPECT_THAT(result.output, HasSubstr("batch_timeout_micros 2000 -> 9000"));
  EXPECT_THAT(result.output, HasSubstr("  " + changed + " ("));
}

// Of a queue with options of its own these are changed.
TEST_F(ExplainVerb, ChangesTheOptionsOfTheRequestsQueue) {
  replay(
      "--set num_batch_threads=2 --set batch_timeout_micros@bert=4000 "
      "--set batch_timeout_micros@resnet=7000 --out a");
  for (const auto& [queue, change] :
       {std::pair("bert", "4000 -> 8000"), {"resnet", "7000 -> 3500"}}) {
    const ProgramResult first =
        shell(std::string("grep -m 1 ,") + queue + ", a/requests.csv | cut -d, -f1 | tr -d '\\n'");
    EXPECT_THAT(run("explain a --request " + first.output).output,
                HasSubstr(std::string("batch_timeout_micros@") + queue + " " + change));
  }
}

TEST_F(ExplainVerb, SaysWhyARunCannotBeRunAgain) {
  ASSERT_EQ(run("replay --arrivals clients:4 --requests 40 --gpu 1ms+1us/row --out c").exit_code,
            0);
  const ProgramResult clients = run("explain c");
  EXPECT_EQ(clients.exit_code, 0);
  EXPECT_THAT(clients.output,
              HasSubstr("is not computed: its clients send when they are answered"));
  EXPECT_EQ(run("explain c --set max_batch_size=4").exit_code, 2);
  // Its decisions are no longer those of its settings.
  replay("--set num_batch_threads=2 --out a");
  ASSERT_EQ(shell("zstd -dq a/journal.csv.zst -o j && sed -i '5{/^arrive/d}' j && sed -i '4d' j && "
                  "zstd -qf j -o a/journal.csv.zst")
                .exit_code,
            0);
  EXPECT_THAT(run("explain a").output, HasSubstr("is not computed: unchanged it comes to digest "));
}

TEST_F(ExplainVerb, WrongWordsAreOneLineAndExitCode2) {
  replay("--set num_batch_threads=2 --out a");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"a --request 300", "error: a: found no request 300, expected one of 0 to 299\n"},
      {"a --worst 0", "error: found --worst 0, expected 1 to 100\n"},
      {"a --worst 2 --batch 1",
       "error: found several of --request, --batch and --worst, expected one\n"},
      {"a --set max_batch_size=many",
       "error: found max_batch_size 'many', expected a whole number of rows\n"},
      {"a --set nonsense=1",
       "error: found --set nonsense, expected an option of scheduler tf-shared\n"},
      {"a --no-rerun --set max_batch_size=4",
       "error: found --set with --no-rerun, expected one of them\n"},
  };
  for (const auto& [words, message] : cases) {
    const ProgramResult result = run("explain " + words);
    EXPECT_EQ(result.exit_code, 2) << words;
    EXPECT_EQ(result.output, message) << words;
  }
  EXPECT_EQ(run("explain missing").exit_code, 2);
}

}  // namespace
}  // namespace lockstep
