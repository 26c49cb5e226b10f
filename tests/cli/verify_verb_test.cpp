// lockstep verify: campaigns as a user runs them, their findings and verdict files.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"
#include "tests/support/sanitized.h"

namespace lockstep {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class VerifyVerb : public ProgramTest {};

TEST_F(VerifyVerb, HoldsForTheSchedulersOfTheRegistry) {
  const ProgramResult result = run("verify --cases 640 --jobs 2 --junit verify.xml");
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("640 cases"));
  EXPECT_THAT(result.output, HasSubstr("no violation"));
  EXPECT_FALSE(exists("findings"));
  const std::string junit = read("verify.xml");
  EXPECT_THAT(junit, HasSubstr("<testsuite name=\"lockstep verify quick\""));
  EXPECT_THAT(junit, HasSubstr("failures=\"0\""));
  EXPECT_THAT(junit, HasSubstr("classname=\"lockstep.quick.tf-jit\" name=\"round-robin (L4)\""));
  EXPECT_THAT(junit, HasSubstr("name=\"second-model (M7)\"/>"));
  // What is never judged has not passed.
  EXPECT_THAT(junit, HasSubstr("name=\"batches-grow-with-load (M10)\">\n      <skipped"));
}

TEST_F(VerifyVerb, HasNoVerdictWithoutCases) {
  EXPECT_EQ(run("verify --cases 0").exit_code, 4);
}

TEST_F(VerifyVerb, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(run("verify --suite weekly").output,
            "error: found suite 'weekly', expected quick, pr or nightly\n");
  EXPECT_EQ(run("verify --only L99").exit_code, 2);
  EXPECT_EQ(run("verify --seed many").output,
            "error: found --seed 'many', expected a whole number, or random\n");
  write("known.txt", "L1 tf-shared TICKET-1 2027-13-01\n");
  EXPECT_EQ(run("verify --cases 64 --known-failures known.txt").output,
            "error: known.txt:1:23: found '2027-13-01', expected a day: 2027-03-31\n");
}

// What a plug-in with this fault is found to break, as the campaign and a replay of it say.
class FaultyPlugins : public VerifyVerb {
 protected:
  const std::string plugin_ = std::string(" --plugin ") + LOCKSTEP_FAULTY_PLUGIN;
};

TEST_F(FaultyPlugins, AreFoundCutDownAndRepeated) {
  if (support::kSanitized) {
    GTEST_SKIP() << "the library is built without the sanitizer";
  }
  const std::string campaign = "verify --cases 5000 --jobs 2 --seed 7" + plugin_;
  const ProgramResult found = run(campaign + " --junit v.xml --github");
  ASSERT_EQ(found.exit_code, 1) << found.output;
  EXPECT_THAT(found.output, ContainsRegex("FAIL [a-z-]+  .* seed 7  repeat: lockstep replay "
                                          "findings/7 --plugin "));
  EXPECT_THAT(found.output, HasSubstr("::error title="));
  EXPECT_THAT(read("v.xml"), HasSubstr("failures=\"1\""));
  for (const char* name :
       {"README.txt", "case.json", "steps.txt", "regression.jsonl", "trace.csv", "settings.txt"}) {
    EXPECT_TRUE(exists(std::string("findings/7/") + name)) << name;
  }
  const ProgramResult again = run("replay findings/7" + plugin_);
  EXPECT_EQ(again.exit_code, 1) << again.output;
  EXPECT_THAT(again.output, HasSubstr("FAIL "));
  // The same whatever the number of jobs.
  const std::string line = found.output.substr(found.output.rfind("FAIL "));
  const ProgramResult alone = run("verify --cases 5000 --jobs 1 --seed 7" + plugin_);
  EXPECT_EQ(alone.output.substr(alone.output.rfind("FAIL ")), line);
}

TEST_F(FaultyPlugins, MayBeKnownUntilADay) {
  if (support::kSanitized) {
    GTEST_SKIP() << "the library is built without the sanitizer";
  }
  const ProgramResult found = run("verify --cases 5000 --seed 7" + plugin_);
  ASSERT_EQ(found.exit_code, 1);
  const std::size_t at = found.output.rfind("FAIL ") + 5;
  const std::string property = found.output.substr(at, found.output.find(' ', at) - at);
  write("known.txt", "# until it is mended\n" + property + " * TICKET-9 2027-03-31\n");
  const std::string with = "verify --cases 5000 --seed 7 --known-failures known.txt" + plugin_;
  const ProgramResult known = run(with + " --today 2027-03-31");
  EXPECT_EQ(known.exit_code, 0) << known.output;
  EXPECT_THAT(known.output, HasSubstr("known: TICKET-9"));
  EXPECT_EQ(run(with + " --today 2027-04-01").exit_code, 1);
}

TEST_F(VerifyVerb, TheKnownFailureThatIsGoneIsTold) {
  write("known.txt", "L1 * TICKET-9 2027-03-31\n");
  const ProgramResult result =
      run("verify --cases 64 --known-failures known.txt --today 2027-01-01");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("known failure not seen: L1 of * (TICKET-9)"));
}

}  // namespace
}  // namespace lockstep
