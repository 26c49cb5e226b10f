// `lockstep verify` inside a GoogleTest program: one test per property of a scheduler of one's own.
//
//   #include <lockstep/testing.h>
//   LOCKSTEP_VERIFY_PLUGIN(SizeOrTimeout, "build/size_or_timeout.so", 10'000)
//
// gives the tests Verify/SizeOrTimeout.holds/fifo_per_class, ... A test fails with the FAIL line
// and the timing diagram of the minimised case, and is skipped with the reason when the scheduler
// does not promise its property. A campaign without a verdict (no such library, Ctrl-C, ...) fails
// them all. The campaign stops at its first finding; properties that hold until then pass.
//
// Header-only, C++17, POSIX; needs GoogleTest 1.10 or later, which the including program links, and
// nothing else: the installed program runs once per suite and process, as a child. So the compiler,
// the C++ library and the GoogleTest of a user need not be those that Lockstep was built with.
// Under CTest use add_test(), one campaign for all tests; with gtest_discover_tests() every test is
// a process and therefore a campaign of its own. Findings are kept in findings/SUITE/SEED below the
// current directory. The seed is 1: the same cases and the same verdict every time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <lockstep/testing_child.h>

namespace lockstep::verify {

// One property of one suite, as GoogleTest names it: "fifo_per_class".
inline std::string test_name(const ::testing::TestParamInfo<std::string>& property) {
  std::string name = property.param;
  for (char& c : name) {
    c = c == '-' ? '_' : c;
  }
  return name;
}

// What stands for the properties when the program that knows them cannot be run.
inline constexpr const char* kNoProgram = "lockstep-can-be-run";

inline std::vector<std::string> property_names() {
  std::vector<std::string> names = parse_property_names(run_program({"list", "properties"}));
  if (names.empty()) {
    names.emplace_back(kNoProgram);
  }
  return names;
}

// Runs the campaign: once per suite, then `Suite::campaign()` keeps it.
inline Campaign run_campaign(const std::string& suite, const std::string& library,
                             std::uint64_t cases) {
  return verify_library(suite, library, cases, ::testing::TempDir());
}

// Whether the exit code tells what the verdicts tell: 0 without a failure, else 1 (3: two runs of a
// case differ). Without that nothing was judged, or not all of it.
inline bool is_conclusive(const Campaign& campaign) {
  const bool fails = std::any_of(campaign.verdicts.begin(), campaign.verdicts.end(),
                                 [](const auto& named) { return !named.second.failure.empty(); });
  return fails ? campaign.exit_code == 1 || campaign.exit_code == 3 : campaign.exit_code == 0;
}

// The verdict on one property, as the result of the running test.
inline void judge(const Campaign& campaign, const std::string& property) {
  const auto found = campaign.verdicts.find(property);
  const Verdict verdict = found == campaign.verdicts.end() ? Verdict{} : found->second;
  if (!verdict.failure.empty()) {
    FAIL() << verdict.failure << "\n" << verdict.story;
  }
  if (found == campaign.verdicts.end() || !is_conclusive(campaign)) {
    FAIL() << "lockstep verify gave no verdict on " << property << ", exit code "
           << campaign.exit_code << ":\n"
           << campaign.printed;
  }
  if (!verdict.skipped.empty()) {
    GTEST_SKIP() << verdict.skipped;
  }
}

}  // namespace lockstep::verify

// `suite`: an identifier; `library`: path of the plug-in, a relative one from the current
// directory; `cases`: how many the campaign judges when it finds nothing.
#define LOCKSTEP_VERIFY_PLUGIN(suite, library, cases)                                 \
  class suite : public ::testing::TestWithParam<std::string> {                        \
   public:                                                                            \
    static const ::lockstep::verify::Campaign& campaign() {                           \
      static const ::lockstep::verify::Campaign result =                              \
          ::lockstep::verify::run_campaign(#suite, library, cases);                   \
      return result;                                                                  \
    }                                                                                 \
  };                                                                                  \
  TEST_P(suite, holds) {                                                              \
    ::lockstep::verify::judge(campaign(), GetParam());                                \
  }                                                                                   \
  INSTANTIATE_TEST_SUITE_P(Verify, suite,                                             \
                           ::testing::ValuesIn(::lockstep::verify::property_names()), \
                           ::lockstep::verify::test_name);
