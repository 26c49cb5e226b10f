// lockstep check as a person uses it, on runs that somebody edited.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/forged_run.h"
#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class Check : public ProgramTest {
 protected:
  void SetUp() override { ASSERT_EQ(run(kSmall).exit_code, 0); }

  void edit_manifest(const std::string& sed) {
    const std::string before = read("runs/last/manifest.json");
    ASSERT_EQ(shell("sed -i '" + sed + "' runs/last/manifest.json").exit_code, 0);
    ASSERT_NE(read("runs/last/manifest.json"), before) << sed;
  }
  void edit_journal(const std::string& awk) {
    const ProgramResult edited =
        shell("zstd -dcq runs/last/journal.csv.zst | awk -F, -v OFS=, '" + awk +
              "' > j.csv && zstd -qf j.csv -o runs/last/journal.csv.zst");
    ASSERT_EQ(edited.exit_code, 0) << edited.output;
  }

  void forge(const std::vector<std::pair<std::string, std::string>>& edits) {
    forge_settings(directory_ + "/runs/last", edits);
  }
};

TEST_F(Check, ReexecutesARunToTheSameDecisions) {
  const ProgramResult result = run("check --only re-execution");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, MatchesRegex("re-executed: [0-9]+ inputs gave the same [0-9]+ "
                                          "decisions, digest [0-9a-f]{16}\nre-derived: .*\n"));
}

TEST_F(Check, NamesTheFirstAlteredJournalLine) {
  // The 3000th arrival comes one nanosecond later; `line` keeps where that is.
  edit_journal("$1==\"arrive\"{++n} n==3000&&!d{d=1;$3=$3+1;print NR > \"line\"} 1");
  const ProgramResult result = run("check");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  const std::string line = read("line");
  EXPECT_THAT(result.output, HasSubstr("journal.csv.zst:" + line.substr(0, line.size() - 1) +
                                       " is the first altered line"));
}

TEST_F(Check, NamesAnAlteredOrMissingTable) {
  ASSERT_EQ(shell("sed -i '5001s/OK/INTERNAL/' runs/last/requests.csv").exit_code, 0);
  ASSERT_EQ(shell("rm runs/last/batches.csv").exit_code, 0);
  ASSERT_EQ(
      shell("sed -i 's/\"answered\": 19366/\"answered\": 19367/' runs/last/summary.json").exit_code,
      0);
  const ProgramResult result = run("check");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("FAIL re-execution  requests.csv:5001 is the first line"));
  EXPECT_THAT(result.output, HasSubstr("FAIL re-execution  batches.csv is missing"));
  EXPECT_THAT(result.output, HasSubstr("FAIL re-execution  summary.json:"));
}

TEST_F(Check, NamesTheAlteredLineOfAnArrivalInANamelessQueue) {
  edit_journal("$1==\"arrive\"{++n} n==70&&!d{d=1;$5=5;print NR > \"line\"} 1");
  const ProgramResult result = run("check");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  std::string line = read("line");
  line.pop_back();
  EXPECT_THAT(result.output, HasSubstr("journal.csv.zst:" + line + " is the first altered line"));
  EXPECT_THAT(result.output, HasSubstr("(queue 5 has no name in manifest.json)"));
  EXPECT_THAT(result.output,
              HasSubstr("journal.csv.zst:" + line + " is the first input that no driver can give"));
}

TEST_F(Check, RefusesNumbersOfAnInputThatFollowFromTheLinesBefore) {
  edit_journal("NR==2{$2=9} 1");
  const ProgramResult result = run("check");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, HasSubstr("journal.csv.zst:2:1: found 'at 0ns arrive request 0"));
  EXPECT_THAT(result.output, HasSubstr("this is number 0, not 9"));
}

TEST_F(Check, NamesAnAlteredSetting) {
  edit_manifest("s/\"batch_timeout_micros\": \"2000\"/\"batch_timeout_micros\": \"2001\"/");
  const ProgramResult result = run("check");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("manifest.json: settings were altered"));
  EXPECT_THAT(result.output, HasSubstr("is the first decision that differs"));
}

TEST_F(Check, FindsAnyEditOfTheManifest) {
  const std::string original = read("runs/last/manifest.json");
  for (const char* sed :
       {"s/\"name\": \"azure/&x/", "s/\"content_digest\": \"b3/\"content_digest\": \"b4/",
        "s/\"format\": \"lockstep\"/\"format\": \"csv\"/", "s/\"lockstep_version\": \"/&9/",
        "s/\"rules_version\": \"/&9/", "s/    \"queue\"/    \"other\"/",
        "s/\"rows\": 19366/\"rows\": 19367/", "s/^  \"seed\"/   \"seed\"/", "$s/$/ /"}) {
    write("runs/last/manifest.json", original);
    edit_manifest(sed);
    const ProgramResult result = run("check");
    EXPECT_EQ(result.exit_code, 1) << sed << result.output;
    EXPECT_THAT(result.output, StartsWith("FAIL re-execution  manifest.json was altered")) << sed;
    const ProgramResult drawn = run("diagram");
    EXPECT_EQ(drawn.exit_code, 2) << sed;
    EXPECT_THAT(drawn.output, HasSubstr("runs/last/manifest.json: found an altered file")) << sed;
  }
  write("runs/last/manifest.json", original);
  edit_manifest("s/^  \"seed\"/  \"colour\": 1,\\n&/");
  const ProgramResult unknown = run("check");
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.output, HasSubstr("manifest.json: \"colour\": found an unknown key"));
}

TEST_F(Check, NamesTheAlterationBeforeTheErrorThatFollowsFromIt) {
  edit_manifest("s/\"lane_count\": 4/\"lane_count\": 2/");
  const ProgramResult lanes = run("check");
  EXPECT_EQ(lanes.exit_code, 1);
  EXPECT_THAT(lanes.output, HasSubstr("FAIL re-execution  manifest.json was altered"));
  EXPECT_THAT(lanes.output, HasSubstr("error: runs/last/manifest.json: found 2 and, in its "
                                      "settings, num_batch_threads '4', expected the same"));
}

TEST_F(Check, RefusesAManifestThatContradictsItself) {
  forge({{"num_batch_threads", "2"}});
  const ProgramResult lanes = run("check");
  EXPECT_EQ(lanes.exit_code, 2);
  EXPECT_THAT(lanes.output, HasSubstr("runs/last/manifest.json: found 4 and, in its settings, "
                                      "num_batch_threads '2', expected the same"));
  forge({{"num_batch_threads", "4"}, {"gpu_curve", "1ms+1us/row"}});
  const ProgramResult curve = run("check");
  EXPECT_EQ(curve.exit_code, 2);
  EXPECT_THAT(curve.output, HasSubstr("runs/last/manifest.json: found gpu v100-resnet50 and "
                                      "gpu_curve 1ms+1us/row, expected the same curve"));
}

TEST_F(Check, HoldsASimulatedGpuToItsCurveThoughEveryDigestIsRepaired) {
  forge({{"gpu", "1.8874ms+143.9us/row"}, {"gpu_curve", "1.8874ms+143.9us/row"}});
  const ProgramResult result = run("check");
  EXPECT_EQ(result.exit_code, 2) << result.output;
  EXPECT_THAT(result.output,
              HasSubstr("the GPU curve gives 1 rows 2ms31us300ns, not 2ms31us200ns"));
  // The right curve under another name: only the summary's digest was not forged.
  forge({{"gpu", "1.8874ms+143.8us/row"}, {"gpu_curve", "1.8874ms+143.8us/row"}});
  const ProgramResult renamed = run("check");
  EXPECT_THAT(renamed.output, StartsWith("FAIL re-execution  summary.json:2 is the first line"));
  EXPECT_EQ(std::count(renamed.output.begin(), renamed.output.end(), '\n'), 1);
}

// Every arrival is a line of the journal, and properties hold at most 4 million lines.
TEST_F(Check, DoesNotReadARunThatIsTooLongForProperties) {
  const std::string directory = directory_ + "/runs/last";
  Manifest manifest = *read_manifest(directory);
  manifest.trace.rows = 4'000'000;
  ASSERT_TRUE(write_manifest(directory, manifest));
  EXPECT_EQ(run("check --only properties").exit_code, 0);
  manifest.trace.rows = 4'000'001;
  ASSERT_TRUE(write_manifest(directory, manifest));
  const ProgramResult result = run("check --only properties");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.output,
            "error: found more than 4000000 journal lines, expected fewer: properties need them "
            "all in memory\n");
}

}  // namespace
}  // namespace lockstep
