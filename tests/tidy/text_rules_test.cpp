#include "tests/tidy/text_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace lockstep::tidy {
namespace {

TEST(TextRules, AcceptAHundredColumnsAndNoMore) {
  EXPECT_EQ(to_text(check_lines({"core/a.cpp", std::string(100, 'x') + "\n"})), "");
  EXPECT_EQ(to_text(check_lines({"core/a.cpp", std::string(101, 'x') + "\n"})),
            "core/a.cpp:1: found 101 columns, expected at most 100\n");
  EXPECT_EQ(to_text(check_lines({"docs/a.md", std::string(300, 'x') + "\n"})), "");
}

TEST(TextRules, CountColumnsNotBytes) {
  std::string line;
  for (int i = 0; i < 100; ++i) {
    line += "\xc3\xa9";  // e with an accent: two bytes
  }
  EXPECT_EQ(to_text(check_lines({"core/a.cpp", line + "\n"})), "");
}

TEST(TextRules, LetAUrlBeLong) {
  const std::string url = "https://example.org/" + std::string(120, 'x');
  EXPECT_EQ(to_text(check_lines({"core/a.cpp", "// " + url + "\n"})), "");
  EXPECT_NE(to_text(check_lines({"core/a.cpp", "// see " + url + "\n"})), "");
}

TEST(TextRules, FindTabsBlanksAndAMissingLineEnd) {
  EXPECT_EQ(to_text(check_lines({"scripts/a", "x \ny\tz"})),
            "scripts/a:1: found blanks at the end of the line\n"
            "scripts/a:2: found a tab, expected blanks\n"
            "scripts/a:2: expected a line end at the end of the file\n");
}

TEST(TextRules, WantHeadersToSayWhatTheyAre) {
  EXPECT_EQ(to_text(check_header_opening({"core/a.h", "// What this is.\n#pragma once\n"})), "");
  EXPECT_EQ(to_text(check_header_opening({"core/a.h", "#pragma once\n"})),
            "core/a.h:1: expected a comment first that says what this header is\n");
  EXPECT_EQ(to_text(check_header_opening({"core/a.h", "// What this is.\nint x;\n"})),
            "core/a.h:1: expected #pragma once\n");
  EXPECT_EQ(to_text(check_header_opening({"core/a.h", "// What this is.\nint x;\n#pragma once\n"})),
            "core/a.h:2: expected nothing but comments before #pragma once\n");
  EXPECT_EQ(to_text(check_header_opening({"core/a.cpp", "int x;\n"})), "");
}

TEST(TextRules, FindUnfinishedWorkInComments) {
  EXPECT_EQ(to_text(check_comments({"core/a.cpp", "int todo; f(\"TODO\"); // TODOs\n"})), "");
  EXPECT_EQ(to_text(check_comments({"core/a.cpp", "\nint x;  // TODO: later\n"})),
            "core/a.cpp:2: found TODO, expected an issue or finished work\n");
  EXPECT_NE(to_text(check_comments({"core/a.cpp", "/* FIXME */\n"})), "");
}

TEST(TextRules, WantAReasonForEachSilencedWarning) {
  const auto lint = [](const std::string& comment) {
    return to_text(check_comments({"core/a.cpp", "int x;  // " + comment + "\n"}));
  };
  EXPECT_EQ(lint("NOLINT(bugprone-x): the C interface wants it"), "");
  EXPECT_EQ(lint("NOLINTNEXTLINE(bugprone-x): the C interface wants it"), "");
  EXPECT_EQ(lint("NOLINTEND(bugprone-x)"), "");
  const std::string finding = "core/a.cpp:1: expected NOLINT(check): and the reason\n";
  EXPECT_EQ(lint("NOLINT"), finding);
  EXPECT_EQ(lint("NOLINT(bugprone-x)"), finding);
  EXPECT_EQ(lint("NOLINT: the C interface wants it"), finding);
  EXPECT_EQ(lint("NOLINT(bugprone-x): why"), finding);
}

TEST(TextRules, WantAReasonAboveADisabledTest) {
  EXPECT_EQ(
      to_text(check_comments({"tests/a.cpp", "// Needs two GPUs.\nTEST(A, DISABLED_Fact) {}\n"})),
      "");
  EXPECT_EQ(to_text(check_comments({"tests/a.cpp", "\nTEST(A, DISABLED_Fact) {}\n"})),
            "tests/a.cpp:2: expected the reason right above a disabled test\n");
}

TEST(TextRules, FindPathsOfOneMachine) {
  EXPECT_EQ(to_text(check_machine_traces({"docs/a.md", "see traces/work/a and ../home/b\n"})), "");
  EXPECT_EQ(to_text(check_machine_traces({"docs/a.md", "\ncd /home/jo/lockstep\n"})),
            "docs/a.md:2: found /home/..., a path of one machine\n");
  EXPECT_NE(to_text(check_machine_traces({"tests/a.csv", "\"/root/x\"\n"})), "");
}

TEST(TextRules, FindAddressesInFormats) {
  EXPECT_EQ(to_text(check_machine_traces({"core/a.cpp", "printf(\"%d\", x % p);\n"})), "");
  EXPECT_EQ(to_text(check_machine_traces({"core/a.cpp", "printf(\"%p\", x);\n"})),
            "core/a.cpp:1: an address in the output differs in each run\n");
}

}  // namespace
}  // namespace lockstep::tidy
