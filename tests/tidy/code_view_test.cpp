#include "tests/tidy/code_view.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/tidy/cmake_lists.h"
#include "tests/tidy/source_tree.h"

namespace lockstep::tidy {
namespace {

std::string squeeze(std::string_view text) {
  std::string words;
  for (const char c : text) {
    if (c != ' ') {
      words += c;
    }
  }
  return words;
}

TEST(CodeView, TellsCodeCommentsAndStringsApart) {
  const CodeView view = split_code("int a; // rand()\nf(\"x \\\" // y\"); /* z */ g();");
  EXPECT_EQ(squeeze(view.code), "inta;\nf(\"\");g();");
  EXPECT_EQ(squeeze(view.comments), "//rand()\n/*z*/");
  EXPECT_EQ(squeeze(view.strings), "\nx\\\"//y");
}

TEST(CodeView, EndsARawStringAtItsOwnDelimiter) {
  const CodeView view = split_code("auto s = R\"x(a \" )\" b)x\"; rest();");
  EXPECT_EQ(squeeze(view.code), "autos=R\"\";rest();");
  EXPECT_EQ(squeeze(view.strings), "x(a\")\"b)x");
}

TEST(CodeView, TakesAQuoteInANumberForASeparator) {
  EXPECT_EQ(squeeze(split_code("x(1'000, 'a', L'b', 0x1'f);").code), "x(1'000,'',L'',0x1'f);");
}

TEST(CodeView, SurvivesTextThatStopsInTheMiddle) {
  for (const std::string text : {"/* a", "\"a", "'", "R\"(a", "R\"", "//", "\"\\"}) {
    EXPECT_EQ(split_code(text).code.size(), text.size()) << text;
  }
}

TEST(CodeView, NumbersTokensByLine) {
  const std::vector<Token> tokens = tokenize("a::b\n->c(1'000)");
  std::string text;
  for (const Token& token : tokens) {
    text += token.text + "@" + std::to_string(token.line) + " ";
  }
  EXPECT_EQ(text, "a@1 ::@1 b@1 ->@2 c@2 (@2 1'000@2 )@2 ");
}

TEST(CodeView, FindsIncludesThatAreCode) {
  const auto includes =
      find_includes("#include \"core/a.h\"\n// #include \"x.h\"\n  #include <map>  // why\n");
  ASSERT_EQ(includes.size(), 2u);
  EXPECT_EQ(includes[0].target, "core/a.h");
  EXPECT_TRUE(includes[0].quoted);
  EXPECT_EQ(includes[1].target, "map");
  EXPECT_EQ(includes[1].line, 3u);
}

TEST(CMakeLists, GivesCallsWithoutComments) {
  const auto calls = parse_cmake("# a(b)\nf(x \"y z\" # no\n  $<$<A:B>:c>)\ng()\n");
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].name, "f");
  EXPECT_EQ(calls[0].arguments, (std::vector<std::string>{"x", "y z", "$<$<A:B>:c>"}));
  EXPECT_EQ(calls[1].line, 4u);
}

TEST(CMakeLists, DeclaresTheLayersOfDepsAndOfLinkLibraries) {
  const SourceTree tree = {
      {"cli/CMakeLists.txt", "target_link_libraries(lockstep PRIVATE lockstep::core fmt::fmt)"},
      {"sim/CMakeLists.txt",
       "lockstep_add_library(sim SRCS a.cpp DEPS core traces PRIVATE_DEPS x)"},
  };
  EXPECT_EQ(declared_layers(tree, "sim"), (std::vector<std::string>{"core", "traces"}));
  EXPECT_EQ(declared_layers(tree, "cli"), (std::vector<std::string>{"core"}));
  EXPECT_TRUE(declared_layers(tree, "reports").empty());
}

TEST(SourceTree, KnowsFoldersByWholeNames) {
  const SourceFile file{"tests/tidy/a.h", ""};
  EXPECT_EQ(file.folder(), "tests");
  EXPECT_EQ(file.name(), "a.h");
  EXPECT_TRUE(file.in("tests/tidy"));
  EXPECT_FALSE(file.in("tests/ti"));
  EXPECT_EQ((SourceFile{"README.md", ""}).folder(), "");
}

}  // namespace
}  // namespace lockstep::tidy
