#include "tests/tidy/type_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace lockstep::tidy {
namespace {

// What the rule says of two files with these texts.
std::string findings(std::string first, std::string second) {
  return to_text(
      check_unique_types({{"core/a.h", std::move(first)}, {"sim/b.h", std::move(second)}}));
}

TEST(TypeRules, FindOneNameForTwoTypes) {
  EXPECT_EQ(findings("namespace lockstep {\nstruct Gap {\n  int rows;\n};\n}",
                     "namespace lockstep {\n\nstruct Gap final : Base<int> {};\n}"),
            "sim/b.h:3: 'lockstep::Gap' is defined in core/a.h too: two types of one name break "
            "each other when linked\n");
}

TEST(TypeRules, FindEnumerationsClassesAndUnions) {
  EXPECT_NE(
      findings("namespace a { enum class K : char { kOne }; }", "namespace a { union K {}; }"), "");
  EXPECT_NE(findings("namespace a::b { class [[nodiscard]] K {}; }",
                     "namespace a { namespace b { enum K { kOne }; } }"),
            "");
}

TEST(TypeRules, LetOtherNamespacesAndInnerTypesBe) {
  const std::string type = "struct Gap {};";
  EXPECT_EQ(findings("namespace a { " + type + " }", "namespace b { " + type + " }"), "");
  EXPECT_EQ(findings("namespace a { " + type + " }", "namespace a { namespace { " + type + " } }"),
            "");
  EXPECT_EQ(findings("namespace a { " + type + " }", "namespace a { class K { " + type + " }; }"),
            "");
  EXPECT_EQ(findings("namespace a { " + type + " }", "namespace a { void f() { " + type + " } }"),
            "");
}

TEST(TypeRules, LetDeclarationsUsesAndSpecialisationsBe) {
  const std::string type = "namespace a { struct Gap {}; }";
  EXPECT_EQ(findings(type, "namespace a { struct Gap; template <class Gap> void f(struct Gap*); }"),
            "");
  EXPECT_EQ(findings(type, "namespace a { template <> struct Gap<int> {}; }"), "");
  EXPECT_EQ(findings(type, "namespace a { // struct Gap {};\n }"), "");
}

TEST(TypeRules, LetTheTwoBranchesOfOneFileBe) {
  EXPECT_EQ(findings("#if X\nstruct Gap {};\n#else\nstruct Gap {};\n#endif\n", ""), "");
}

TEST(TypeRules, KeepNamespacesApartFromAliasesAndUsings) {
  EXPECT_NE(findings("namespace a { using namespace std; namespace n = b; struct Gap {}; }",
                     "namespace a { struct Gap {}; }"),
            "");
}

}  // namespace
}  // namespace lockstep::tidy
