// Machine-made mutants: which mistakes they are, and that the copy says the same without one.
#include "properties/mutants/source_mutator.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "< to <=" of each mutant of the body of a function.
std::vector<std::string> mutants_of(const std::string& body) {
  std::vector<std::string> found;
  for (const SourceMutant& mutant :
       mutated_source("void f() {\n" + body + "\n}\n", 1, {}).mutants) {
    found.push_back(mutant.right + " to " + mutant.wrong);
  }
  return found;
}

TEST(SourceMutator, MovesBoundsByOne) {
  EXPECT_THAT(mutants_of("  return a < b;"), ElementsAre("< to <="));
  EXPECT_THAT(mutants_of("  return a >= b.c(d, e);"), ElementsAre(">= to >"));
  EXPECT_THAT(mutants_of("  return a + 1;"), ElementsAre("+ to -", "1 to 2"));
}

TEST(SourceMutator, DropsStatementsButNotDeclarations) {
  EXPECT_THAT(mutants_of("  f(x);"), ElementsAre("f ( x ) ; to "));
  EXPECT_THAT(mutants_of("  Type y = x;"), IsEmpty());
  EXPECT_THAT(mutants_of("  std::vector<Type> y = x;"), IsEmpty());
}

TEST(SourceMutator, NegatesConditions) {
  EXPECT_THAT(mutants_of("  if (a) {\n    return;\n  }"), ElementsAre("if to not"));
  EXPECT_THAT(mutants_of("  if (const X x = a) {\n    return;\n  }"), IsEmpty());
}

TEST(SourceMutator, LeavesChecksConstantsAndTemplatesAlone) {
  EXPECT_THAT(mutants_of("  LOCKSTEP_CHECK(a < b);"), IsEmpty());
  EXPECT_THAT(mutants_of("  constexpr int kLimit = 3;"), IsEmpty());
  EXPECT_THAT(mutants_of("  std::array<int, 3> x;"), IsEmpty());
  EXPECT_THAT(mutants_of("  // a < b\n  const char* x = \"a < b\";"), IsEmpty());
}

TEST(SourceMutator, PutsEachBehindItsNumberAndKeepsTheLines) {
  const MutatedSource mutated = mutated_source("bool f() {\n  return a < b + 1;\n}\n", 5, {});
  EXPECT_EQ(mutated.text,
            "bool f() {\n  return ((::lockstep::seeded_bug() == 5) ? (a <= b + 1) : (a < "
            "((::lockstep::seeded_bug() == 6) ? (b - 1) : (b + "
            "((::lockstep::seeded_bug() == 7) ? (2) : (1))))));\n}\n");
  ASSERT_EQ(mutated.mutants.size(), 3u);
  EXPECT_EQ(mutated.mutants[0].line, 2u);
  EXPECT_EQ(mutated.mutants[0].column, 12u);
}

TEST(SourceMutator, LeavesOutLinesWhoseMutantsDoNotCompile) {
  EXPECT_THAT(mutated_source("bool f() {\n  return a < b;\n}\n", 1, {2}).mutants, IsEmpty());
}

}  // namespace
}  // namespace lockstep
