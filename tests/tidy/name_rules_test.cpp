#include "tests/tidy/name_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace lockstep::tidy {
namespace {

// The banned names found in `code`, one after another.
std::string banned(std::string path, std::string code) {
  std::string names;
  for (const Finding& finding : check_banned_names({{std::move(path), std::move(code)}}, {})) {
    const std::size_t open = finding.message.find('\'');
    names +=
        finding.message.substr(open + 1, finding.message.find('\'', open + 1) - open - 1) + " ";
  }
  return names;
}

TEST(NameRules, FindClocksAndSleeps) {
  EXPECT_EQ(banned("traces/a.cpp", "auto t = std::chrono::steady_clock::now();"), "steady_clock ");
  EXPECT_EQ(banned("traces/a.cpp", "time(nullptr); std::time(0); ::time(NULL);"),
            "time time time ");
  EXPECT_EQ(banned("tests/a.cpp", "std::this_thread::sleep_for(1ms);"), "sleep_for ");
}

TEST(NameRules, LetOurOwnTimesAndMembersBe) {
  EXPECT_EQ(banned("traces/a.cpp", "decision.due = time(column);"), "");
  EXPECT_EQ(banned("sim/a.cpp", "curve.time(rows); SimTime time() ; p->time(3); x.time(0);"), "");
  EXPECT_EQ(banned("sim/a.cpp", "SimDuration time(std::uint32_t rows); Curve::time(rows);"), "");
  EXPECT_EQ(banned("core/a.h", "EventLog& log(); void log(Line line); writer.log(line);"), "");
}

TEST(NameRules, FindChance) {
  EXPECT_EQ(banned("core/a.cpp", "std::random_device d; std::uniform_int_distribution<> u;"),
            "random_device uniform_int_distribution ");
  EXPECT_EQ(banned("reports/a.cpp", "std::shuffle(a, b, c); std::rand(); shuffle(own);"),
            "shuffle rand ");
}

TEST(NameRules, FindUnorderedContainersHashesAndAddresses) {
  EXPECT_EQ(banned("sim/a.cpp", "std::unordered_map<int, int> m; std::hash<int> h;"),
            "unordered_map hash ");
  EXPECT_EQ(banned("sim/a.cpp", "reinterpret_cast<std::uintptr_t>(p)"), "uintptr_t ");
}

TEST(NameRules, FindEnvironmentAndLocale) {
  EXPECT_EQ(banned("traces/a.cpp", "std::getenv(x); std::locale l; setlocale(a, b);"),
            "getenv locale setlocale ");
  EXPECT_EQ(banned("traces/a.cpp", "std::stod(text); strtod(a, b);"), "stod strtod ");
}

TEST(NameRules, FindThreadsAndLibmInCoreAndSimOnly) {
  const std::string code = "std::thread t; auto x = std::log(y) + exp(z);";
  EXPECT_EQ(banned("core/a.cpp", code), "thread log exp ");
  EXPECT_EQ(banned("sim/a.cpp", code), "thread log exp ");
  EXPECT_EQ(banned("traces/a.cpp", code), "");
}

TEST(NameRules, IgnoreCommentsStringsAndTheRealWorld) {
  EXPECT_EQ(banned("core/a.cpp", "// std::rand()\nf(\"getenv\");"), "");
  EXPECT_EQ(banned("gpu_backend/a.cpp", "std::chrono::steady_clock c;"), "");
  EXPECT_EQ(banned("cli/a.cpp", "getenv(x);"), "");
  EXPECT_EQ(banned("tests/benchmark/a.cpp", "std::chrono::steady_clock c;"), "");
}

TEST(NameRules, AllowANameInOnePlaceUntilItIsGone) {
  const std::vector<Allowance> allowances = {{"tests/support/golden", "getenv", "updates"}};
  const SourceFile uses{"tests/support/golden.cpp", "std::getenv(x);"};
  EXPECT_EQ(to_text(check_banned_names({uses}, allowances)), "");
  EXPECT_NE(to_text(check_banned_names({{"tests/a.cpp", "std::getenv(x);"}}, allowances)), "");
  EXPECT_EQ(to_text(check_banned_names({{"tests/support/golden.cpp", "f();"}}, allowances)),
            "tests/support/golden:1: no longer uses 'getenv': take its allowance out of "
            "tests/tidy_test.cpp\n");
}

TEST(NameRules, FindFloatingPointInCoreAndSim) {
  EXPECT_EQ(to_text(check_no_floating_point({{"core/a.h", "// 1.5\nint x = 1'000; f(0x1e);"}}, {})),
            "");
  EXPECT_EQ(to_text(check_no_floating_point({{"reports/a.cpp", "double x = 1.5;"}}, {})), "");
  EXPECT_EQ(to_text(check_no_floating_point({{"sim/a.cpp", "double x;\nauto y = 2.5 + 1e9;"}}, {})),
            "sim/a.cpp:1: floating point 'double': core and sim use integers\n"
            "sim/a.cpp:2: floating point '2.5': core and sim use integers\n"
            "sim/a.cpp:2: floating point '1e9': core and sim use integers\n");
}

TEST(NameRules, LetDoublesBeWhereTheyAreAllowedAndUsed) {
  const std::vector<Allowance> allowances = {{"core/limit", "double", "upstream's doubles"}};
  EXPECT_EQ(to_text(check_no_floating_point({{"core/limit.h", "double x = 1.5;"}}, allowances)),
            "");
  EXPECT_EQ(
      to_text(check_no_floating_point(
          {{"core/limit.h", "double x; float y;"}, {"core/other.h", "double z;"}}, allowances)),
      "core/limit.h:1: floating point 'float': core and sim use integers\n"
      "core/other.h:1: floating point 'double': core and sim use integers\n");
  EXPECT_EQ(to_text(check_no_floating_point({{"core/limit.h", "int x;"}}, allowances)),
            "core/limit:1: uses no floating point: take its allowance out of "
            "tests/tidy_test.cpp\n");
}

TEST(NameRules, WantOurPrefixOnMacros) {
  EXPECT_EQ(to_text(check_macros({{"core/a.h", "#define LOCKSTEP_MARK(x) x\n"}})), "");
  EXPECT_EQ(to_text(check_macros({{"core/a.cpp", "#define NO_THREAD\n#include <x.h>\n"}})), "");
  EXPECT_NE(to_text(check_macros({{"core/a.h", "#define NO_THREAD\n"}})), "");
  EXPECT_EQ(to_text(check_macros({{"core/a.h", "#define MAX 3\n"}})),
            "core/a.h:1: macro 'MAX': write a constant or a function (or LOCKSTEP_...)\n");
}

}  // namespace
}  // namespace lockstep::tidy
