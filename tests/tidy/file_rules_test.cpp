#include "tests/tidy/file_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace lockstep::tidy {
namespace {

SourceFile file_of_lines(std::string path, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += "x\n";
  }
  return {std::move(path), std::move(text)};
}

bool length_is_fine(int count, const std::vector<LongFile>& long_files) {
  return check_file_lengths({file_of_lines("core/a.cpp", count)}, long_files).empty();
}

TEST(FileRules, StopAt400LinesOr600WithAReason) {
  EXPECT_TRUE(length_is_fine(400, {}));
  EXPECT_FALSE(length_is_fine(401, {}));
  EXPECT_TRUE(length_is_fine(401, {{"core/a.cpp", "one grammar"}}));
  EXPECT_TRUE(length_is_fine(600, {{"core/a.cpp", "one grammar"}}));
  EXPECT_FALSE(length_is_fine(601, {{"core/a.cpp", "one grammar"}}));
}

TEST(FileRules, FindAListedFileThatBecameShort) {
  EXPECT_FALSE(length_is_fine(400, {{"core/a.cpp", "one grammar"}}));
}

TEST(FileRules, FindSourcesThatNoBuildNames) {
  const SourceFile lists{"core/CMakeLists.txt", "lockstep_add_library(core HDRS a.h SRCS b/c.cpp)"};
  EXPECT_EQ(to_text(check_dead_files({lists, {"core/a.h", ""}, {"core/b/c.cpp", ""}})), "");
  EXPECT_EQ(to_text(check_dead_files({lists, {"core/c.cpp", ""}, {"core/d.h", ""}})),
            "core/c.cpp:1: dead file: no CMakeLists.txt names it\n"
            "core/d.h:1: dead file: no CMakeLists.txt names it\n");
}

TEST(FileRules, FindTestHeadersThatNothingIncludes) {
  const SourceFile lists{"tests/CMakeLists.txt", "lockstep_add_test(a SRCS a_test.cpp)"};
  const SourceFile test{"tests/a_test.cpp", "#include \"tests/support/a.h\"\n"};
  EXPECT_EQ(to_text(check_dead_files({lists, test, {"tests/support/a.h", ""}})), "");
  EXPECT_EQ(to_text(check_dead_files({lists, test, {"tests/support/b.h", ""}})),
            "tests/support/b.h:1: dead file: nothing includes it\n");
}

TEST(FileRules, WantOneTitlePerDocument) {
  EXPECT_EQ(to_text(check_markdown({{"docs/a.md", "# A\n```\n# comment\n```\n## B\n"}})), "");
  EXPECT_EQ(to_text(check_markdown({{"docs/a.md", "# A\n# B\n"}})),
            "docs/a.md:1: found 2 titles (# ...), expected one\n");
}

TEST(FileRules, FollowLinksFromTheDocumentsFolder) {
  const SourceFile style{"docs/style.md", "# Style\n[up](../README.md#build) [x](https://a.b)\n"};
  EXPECT_EQ(to_text(check_markdown({{"README.md", "# R\n[s](docs/style.md) [d](docs/)\n"}, style})),
            "");
  EXPECT_EQ(to_text(check_markdown({style})),
            "docs/style.md:2: link to '../README.md': no such file\n");
}

}  // namespace
}  // namespace lockstep::tidy
