// lockstep demo: the first thing that anybody runs.
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DemoVerb : public ProgramTest {};

TEST_F(DemoVerb, LeavesWhatItNamesAndNamesWhatWorks) {
  const ProgramResult demo = run("demo");
  ASSERT_EQ(demo.exit_code, 0) << demo.output;
  EXPECT_THAT(demo.output, HasSubstr("Waiting longer is faster"));
  std::istringstream lines(demo.output);
  std::vector<std::string> files;
  std::vector<std::string> commands;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("diagram ") || line.starts_with("report ")) {
      files.push_back(line.substr(line.rfind(' ') + 1));
    } else if (line.starts_with("  ") && line.find("lockstep ") != std::string::npos) {
      commands.push_back(line);
    }
  }
  ASSERT_EQ(files.size(), 4u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_THAT(files[i], EndsWith(".svg"));
    EXPECT_THAT(read(files[i]), HasSubstr("</svg>"));
    EXPECT_THAT(files[i + 2], EndsWith(".html"));
    EXPECT_THAT(read(files[i + 2]), StartsWith("<!DOCTYPE html>"));
  }
  ASSERT_EQ(commands.size(), 3u);
  for (const std::string& command : commands) {
    const ProgramResult next = shell(command);
    EXPECT_EQ(next.exit_code, 0) << command << "\n" << next.output;
  }
}

TEST_F(DemoVerb, LeavesTheSameBytesAgain) {
  ASSERT_EQ(run("demo").exit_code, 0);
  const auto first = files_below("runs");
  ASSERT_EQ(run("demo").exit_code, 0);
  EXPECT_EQ(files_below("runs"), first);
}

}  // namespace
}  // namespace lockstep
