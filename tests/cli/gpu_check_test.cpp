// scripts/gpu_check, as it runs on a GPU host, over the fake CUDA in real time: that every step of
// it works, and that the document has its figures. On a busy machine a run in real time may have no
// verdict; nothing else may go wrong.
#include <algorithm>
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

class GpuCheck : public ProgramTest {
 protected:
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
};

TEST_F(GpuCheck, RehearsedOverTheFakeRuntimeLeavesADocumentWithItsFigures) {
  if (support::kSanitized) {
    GTEST_SKIP() << "real time, in which a sanitized program is late";
  }
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
  for (const char* row : {"conv, b", "code, b", "poisson60, b", "poisson85, b", "bursts, b",
                          "conv, b, mlp", "poisson60, b, mlp"}) {
    // Figures of one run or two; or the load generator lagged.
    EXPECT_THAT(document,
                AnyOf(ContainsRegex("\n\\| " + std::string(row) +
                                    " \\| [12] \\| [0-9.]+ \\| [-+][0-9.]+ \\| [-0-9.]+ \\| "
                                    "[-+][0-9.]+ \\| [0-9.]+ \\| [-+][0-9.]+ \\| [-0-9.]+ \\| "
                                    "0\\.[0-9]+ \\| [0-9.]+ \\|\n"),
                      HasSubstr("\n| " + std::string(row) + " | 0 | no verdict (replay exit 4)")));
  }
  for (const char* setting : {"| 4 | 500 |", "| 4 | 4000 |", "| 8 | 500 |", "| 8 | 4000 |"}) {
    EXPECT_THAT(document, HasSubstr(setting));
  }
  const std::string fidelity = read("out/fidelity.csv");
  EXPECT_EQ(std::count(fidelity.begin(), fidelity.end(), '\n'), 8);
  for (const char* curve : {"square", "spin", "mlp", "copy", "overlap"}) {
    EXPECT_THAT(read("out/" + std::string(curve) + ".csv"), HasSubstr("\nrows,h2d,p0,"));
  }
  EXPECT_EQ(shell("grep -c . out/pictures.txt").output,
            shell("ls out/fidelity_*.svg | wc -l").output);
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
