// What a repeated run does with the directory that is there: intact, edited, of another build.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RunDirectory : public ProgramTest {
 protected:
  ProgramResult replay() {
    return run(
        "replay --arrivals poisson:1200/s --requests 200 --gpu 1ms+50us/row "
        "--set num_batch_threads=2");
  }
  // Of the directory that the first replay() made.
  std::string made() {
    const ProgramResult first = replay();
    EXPECT_EQ(first.exit_code, 0) << first.output;
    return "runs/" + std::filesystem::read_symlink(directory_ + "/runs/last").string();
  }
};

TEST_F(RunDirectory, SaysThatAnAlteredTableIsNotOfThisRun) {
  const std::string run = made();
  ASSERT_EQ(shell("sed -i 2s/0/9/ " + run + "/requests.csv").exit_code, 0);
  for (int repetition = 0; repetition < 2; ++repetition) {
    const ProgramResult again = replay();
    EXPECT_EQ(again.exit_code, 2);
    EXPECT_THAT(again.output, HasSubstr("error: " + run +
                                        "/requests.csv: found a file that is not "
                                        "what these decisions give"));
    EXPECT_THAT(again.output, HasSubstr("remove " + run + " and repeat"));
  }
  EXPECT_EQ(names_in("runs").size(), 2u) << "the directory and runs/last";
  ASSERT_EQ(shell("rm -r " + run).exit_code, 0);
  EXPECT_EQ(replay().exit_code, 0);
}

TEST_F(RunDirectory, SaysThatAnAlteredManifestIsNotOfThisRun) {
  const std::string run = made();
  ASSERT_EQ(shell("sed -i s/poisson/gamma/ " + run + "/manifest.json").exit_code, 0);
  const ProgramResult again = replay();
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.output, HasSubstr(run + "/manifest.json: found an altered file"));
  EXPECT_THAT(again.output, HasSubstr("remove " + run + " and repeat"));
  EXPECT_EQ(names_in("runs").size(), 2u);
}

TEST_F(RunDirectory, OfOtherDecisionsIsOurFaultAndKeptOnce) {
  const std::string run = made();
  Manifest manifest = *read_manifest(directory_ + "/" + run);
  manifest.digest ^= 1;  // as if the same inputs had decided otherwise
  ASSERT_TRUE(write_manifest(directory_ + "/" + run, manifest));
  for (int repetition = 0; repetition < 2; ++repetition) {
    const ProgramResult again = replay();
    EXPECT_EQ(again.exit_code, 3);
    EXPECT_THAT(again.output,
                ContainsRegex("error: the same inputs gave other decisions: digest [0-9a-f]* in " +
                              run + ", now [0-9a-f]* in " + run + ".differs "));
    EXPECT_THAT(names_in("runs"), ElementsAre(run.substr(5), run.substr(5) + ".differs", "last"));
  }
}

TEST_F(RunDirectory, LeavesADirectoryNamedLastAlone) {
  ASSERT_EQ(shell("mkdir -p runs/last && echo mine > runs/last/notes").exit_code, 0);
  EXPECT_EQ(replay().exit_code, 0);
  EXPECT_EQ(read("runs/last/notes"), "mine\n");
  EXPECT_EQ(names_in("runs").size(), 2u);
}

}  // namespace
}  // namespace lockstep
