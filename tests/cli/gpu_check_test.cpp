// scripts/gpu_check, as it runs on a GPU host, over the fake CUDA: that every step of it works,
// that the document has its figures, and that what fails is not passed over. Once in real time,
// where a busy machine may keep runs from having a verdict, else with simulated runs in their
// place.
#include <algorithm>
#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"
#include "tests/support/sanitized.h"

namespace lockstep {
namespace {

using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

// What the real one prints, of which gpu_check takes some lines.
constexpr const char* kGpuTest = R"(#!/bin/sh
cat <<'END'
[ RUN      ] GpuFigures.OfEachWayToLaunchAndToNotice
way                        launch()   to start     device  to notice      error   (medians of 500)
events, stages              7.661us    3.884us   30.784us    3.744us    4.329us
[       OK ] GpuFigures.OfEachWayToLaunchAndToNotice (100 ms)
[ RUN      ] GpuHotPath.NeitherAllocatesNorWaitsOnceItIsWarm
[       OK ] GpuHotPath.NeitherAllocatesNorWaitsOnceItIsWarm (1234 ms)
[  PASSED  ] 15 tests.
END
)";

// The real program, but that a run in real time on a GPU is a simulated one, and that both kinds of
// runs end as the files live_exit and sim_exit say.
constexpr const char* kSimulatingProgram = R"sh(#!/bin/sh
program=PROGRAM
folder=$(dirname "$0")
kind=sim
for word in "$@"; do
  [ "$word" != --on ] || kind=live
done
if [ "$1" = replay ] && [ -e "$folder/${kind}_exit" ]; then
  exit "$(cat "$folder/${kind}_exit")"
fi
if [ "$1" != replay ] || [ $kind = sim ]; then
  exec "$program" "$@"
fi
left=$#
while [ $left -gt 0 ]; do
  case $1 in
    --on | --idle | --model) shift 2; left=$((left - 2)) ;;
    *) set -- "$@" "$1"; shift; left=$((left - 1)) ;;
  esac
done
exec "$program" "$@" --gpu '1ms+1ns/row,h2d=10us+0ns/row,d2h=10us+0ns/row,host=9us+0ns/row'
)sh";

class GpuCheck : public ProgramTest {
 protected:
  void SetUp() override {
    if (support::kSanitized) {
      GTEST_SKIP() << "a script, and real time, in which a sanitized program is late";
    }
  }
  // A bundle of scripts/gpu_bundle, around that program.
  void make_bundle(const std::string& program) {
    write("gpu_test", kGpuTest);
    ASSERT_EQ(shell("mkdir -p bundle/bin && cp '" LOCKSTEP_SOURCE_DIR
                    "/scripts/gpu_check' bundle/ && mv gpu_test bundle/bin/ && "
                    "chmod +x bundle/bin/gpu_test && ln -s '" +
                    program + "' bundle/bin/lockstep && echo 0123abc >bundle/commit")
                  .exit_code,
              0);
  }
  // With simulated runs. `prepare` runs in the bundle's bin.
  ProgramResult check_simulated(const std::string& prepare) {
    std::string program = kSimulatingProgram;
    program.replace(program.find("PROGRAM"), 7, LOCKSTEP_ON_FAKE_CUDA);
    make_bundle(LOCKSTEP_ON_FAKE_CUDA);
    write("simulating", program);
    EXPECT_EQ(shell("chmod +x simulating && mv -f simulating bundle/bin/lockstep && "
                    "cd bundle/bin && " +
                    prepare)
                  .exit_code,
              0);
    return shell("bundle/gpu_check --short out 2>&1");
  }
};

constexpr std::array kRows = {"conv, b",   "code, b",      "poisson60, b",     "poisson85, b",
                              "bursts, b", "conv, b, mlp", "poisson60, b, mlp"};
constexpr std::array kSettings = {"| 4 | 500 |", "| 4 | 4000 |", "| 8 | 500 |", "| 8 | 4000 |"};

TEST_F(GpuCheck, HasAFigureInEveryPlaceOfItsDocument) {
  const ProgramResult result = check_simulated("true");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const std::string document = read("out/gpu_results.md");
  for (const char* row : kRows) {
    // Two runs, which are the same: no spread. The simulation's curve is another one.
    EXPECT_THAT(
        document,
        ContainsRegex("\n\\| " + std::string(row) +
                      " \\| 2 \\| [0-9]+\\.[0-9] \\| [-+][0-9.]+ \\| 0\\.00 \\| [-+][0-9.]+ "
                      "\\| [0-9]+\\.[0-9] \\| [-+][0-9.]+ \\| 0\\.00 \\| "
                      "[01]\\.[0-9]+ \\| [0-9.]+ \\|\n"));
    EXPECT_THAT(document,
                ContainsRegex("\n\\| " + std::string(row) + " \\| [0-9a-f]+ \\| [0-9a-f]+ \\|\n"));
  }
  for (const char* setting : kSettings) {
    EXPECT_THAT(document, HasSubstr(setting));
  }
  EXPECT_THAT(document, ContainsRegex("decision regret of 4 settings, goal 3 % \\| [+][0-9.]+ % "
                                      "\\(picked: [48] rows, [0-9]+ us; best: [48] rows, "));
  EXPECT_THAT(document, HasSubstr("| batch sizes within 0.03 total variation | "));
  EXPECT_EQ(document.find("verdict"), std::string::npos);
  EXPECT_EQ(document.find("FAILED"), std::string::npos);
  const std::string fidelity = read("out/fidelity.csv");
  EXPECT_EQ(std::count(fidelity.begin(), fidelity.end(), '\n'), 8);
  EXPECT_THAT(fidelity, ContainsRegex("\n\"poisson60, b\",2,[0-9.]+,[-+][0-9.]+,0\\.00,"));
  const std::string settings = read("out/settings.csv");
  EXPECT_EQ(std::count(settings.begin(), settings.end(), '\n'), 5);
  EXPECT_EQ(shell("grep -c . out/pictures.txt").output, "7\n");
  EXPECT_EQ(shell("find out -name 'fidelity_*.svg' | grep -c .").output, "7\n");
  EXPECT_THAT(read("out/batches.svg"), ::testing::EndsWith("</svg>\n"));
  // Again into the same folder: nothing of before is left.
  ASSERT_EQ(shell("echo 4 >bundle/bin/live_exit").exit_code, 0);
  EXPECT_EQ(shell("bundle/gpu_check --short out 2>&1").exit_code, 1);
  EXPECT_EQ(shell("find out -name 'fidelity_*.svg' | grep -c .").output, "0\n");
}

// Each row and each setting says so instead of its figures.
void expect_failures(const std::string& document, const std::string& in_row,
                     const std::string& in_setting) {
  for (const char* row : kRows) {
    EXPECT_THAT(document,
                HasSubstr("\n| " + std::string(row) + " | 0 | FAILED: " + in_row + " ||||||||\n"));
  }
  for (const char* setting : kSettings) {
    EXPECT_THAT(document, HasSubstr(std::string(setting) + " FAILED: " + in_setting + " | |\n"));
  }
}

TEST_F(GpuCheck, FailsWhenRowsAreWrong) {
  const ProgramResult result = check_simulated("echo 1 >live_exit");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  expect_failures(read("out/gpu_results.md"), "replay (exit 1)", "replay (exit 1)");
}

TEST_F(GpuCheck, FailsWhenTheSimulationFails) {
  const ProgramResult result = check_simulated("echo 3 >sim_exit");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  const std::string document = read("out/gpu_results.md");
  expect_failures(document, "the simulation", "the simulation (exit 3)");
  EXPECT_THAT(document, HasSubstr("decision regret of 0 settings"));
}

TEST_F(GpuCheck, RehearsedOverTheFakeRuntimeLeavesADocumentWithItsFigures) {
  make_bundle(LOCKSTEP_ON_FAKE_CUDA);
  const ProgramResult result = shell("bundle/gpu_check --short out 2>&1");
  EXPECT_THAT(result.exit_code, AnyOf(0, 1)) << result.output;
  EXPECT_THAT(result.output, HasSubstr("== done: "));
  const std::string document = read("out/gpu_results.md");
  EXPECT_THAT(document, HasSubstr("**A rehearsal (--short): these figures say nothing.**"));
  EXPECT_THAT(document, HasSubstr("Device: Fake GPU, fake driver. Lockstep commit\n0123abc, "));
  EXPECT_THAT(document, HasSubstr("| device tests | [  PASSED  ] 15 tests. |"));
  EXPECT_THAT(document, HasSubstr("| neither allocates nor waits once warm | holds |"));
  EXPECT_THAT(document, HasSubstr("| from a launch to its start, goal 10 us | 3.884us |"));
  EXPECT_THAT(document, ContainsRegex("goal 1.5 \\| [0-9]+\\.[0-9]+ times one lane"));
  EXPECT_THAT(document, ContainsRegex("goal 5 M rows/s \\| [0-9]+\\.[0-9]+ M rows/s"));
  for (const char* row : kRows) {
    // Figures of one run or two; or the load generator lagged.
    EXPECT_THAT(
        document,
        AnyOf(ContainsRegex("\n\\| " + std::string(row) +
                            " \\| [12] \\| [0-9.]+ \\| [-+][0-9.]+ \\| [-0-9.]+ \\| "
                            "[-+][0-9.]+ \\| [0-9.]+ \\| [-+][0-9.]+ \\| [-0-9.]+ \\| "
                            "0\\.[0-9]+ \\| [0-9.]+ \\|\n"),
              HasSubstr("\n| " + std::string(row) + " | 0 | no verdict: replay (exit 4) |")));
  }
  for (const char* setting : kSettings) {
    EXPECT_THAT(document, HasSubstr(setting));
  }
  const std::string fidelity = read("out/fidelity.csv");
  EXPECT_EQ(std::count(fidelity.begin(), fidelity.end(), '\n'), 8);
  for (const char* curve : {"square", "spin", "mlp", "copy", "overlap"}) {
    EXPECT_THAT(read("out/" + std::string(curve) + ".csv"), HasSubstr("\nrows,h2d,p0,"));
  }
  EXPECT_EQ(shell("grep -c . out/pictures.txt").output,
            shell("find out -name 'fidelity_*.svg' | grep -c .").output);
  // It failed because of a run that lagged, or not at all.
  if (document.find("no verdict") == std::string::npos) {
    EXPECT_EQ(result.exit_code, 0) << result.output;
    EXPECT_THAT(read("out/batches.svg"), ::testing::EndsWith("</svg>\n"));
  }
}

TEST_F(GpuCheck, WithoutAGpuSaysSoAndLeavesNoDocument) {
  make_bundle(LOCKSTEP_PROGRAM);
  const ProgramResult result = shell("CUDA_VISIBLE_DEVICES= bundle/gpu_check out 2>&1");
  EXPECT_EQ(result.exit_code, 77) << result.output;
  EXPECT_THAT(result.output, HasSubstr("gpu_check: no GPU here, nothing was checked\n"));
  EXPECT_FALSE(exists("out/gpu_results.md"));
}

TEST_F(GpuCheck, RefusesOtherArguments) {
  make_bundle(LOCKSTEP_PROGRAM);
  for (const char* arguments : {"--shorter", "a b", "--short a b"}) {
    const ProgramResult result = shell("bundle/gpu_check " + std::string(arguments) + " 2>&1");
    EXPECT_EQ(result.exit_code, 2) << result.output;
    EXPECT_THAT(result.output, HasSubstr("expected gpu_check [--short] [OUT]\n"));
  }
  EXPECT_FALSE(exists("a"));
}

}  // namespace
}  // namespace lockstep
