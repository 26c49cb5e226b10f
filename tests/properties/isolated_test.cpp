// A function in a child process comes back, or says how it did not.
#include "properties/plugin/isolated.h"

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

IsolatedResult isolated(const std::function<std::string(Progress&)>& function,
                        const IsolationOptions& options = {}) {
  return run_isolated(function, options).value();
}

TEST(Isolated, GivesBackWhatTheFunctionReturns) {
  int here = 0;
  const IsolatedResult result = isolated([&](Progress&) {
    here = 1;
    return std::string(300'000, 'x') + '\0';  // more than a pipe holds
  });
  EXPECT_EQ(result.end, ChildEnd::kReturned);
  EXPECT_EQ(result.bytes, std::string(300'000, 'x') + '\0');
  EXPECT_EQ(here, 0);  // that was in the child
}

TEST(Isolated, SaysWhatWasThrown) {
  const IsolatedResult result =
      isolated([](Progress&) -> std::string { throw std::runtime_error("broken"); });
  EXPECT_EQ(result.end, ChildEnd::kThrew);
  EXPECT_EQ(describe(result, {}), "broken");
}

TEST(Isolated, KnowsTheCaseThatCrashed) {
  const IsolatedResult result = isolated([](Progress& progress) -> std::string {
    for (std::uint64_t number = 0; number < 10; ++number) {
      progress.begin_case(number);
      if (number == 7) {
        progress.enter(3, at_ns(5'000));
        std::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would exit instead
        std::raise(SIGSEGV);
      }
    }
    return "";
  });
  EXPECT_EQ(result.end, ChildEnd::kCrashed);
  EXPECT_EQ(result.signal, SIGSEGV);
  EXPECT_EQ(describe(result, {}), "crashed with signal 11 (Segmentation fault)");
  EXPECT_EQ(result.case_number, 7u);
  EXPECT_TRUE(result.inside_foreign_code);
  EXPECT_EQ(result.input, 3u);
  EXPECT_EQ(result.input_time, at_ns(5'000));
}

TEST(Isolated, KnowsAnExitThatIsNoReturn) {
  const IsolatedResult result = isolated([](Progress&) -> std::string { ::_exit(4); });
  EXPECT_EQ(result.end, ChildEnd::kExited);
  EXPECT_EQ(describe(result, {}), "exited with code 4");
  // Also of a code that says that all is well.
  EXPECT_EQ(isolated([](Progress&) -> std::string { ::_exit(0); }).end, ChildEnd::kExited);
}

void turn_for_ever() {
  volatile std::uint64_t turns = 0;
  while (turns < UINT64_MAX) {
    turns = turns + 1;
  }
}

TEST(Isolated, EndsForeignCodeThatTurnsForEver) {
  const IsolationOptions options{.cpu_limit = 50ms, .wall_limit = 60s};
  const IsolatedResult result = isolated(
      [](Progress& progress) -> std::string {
        progress.begin_case(2);
        progress.enter(0, {});
        turn_for_ever();
        return "";
      },
      options);
  EXPECT_EQ(result.end, ChildEnd::kHung);
  EXPECT_EQ(result.case_number, 2u);
  EXPECT_EQ(describe(result, options), "hung: no answer within 50 ms of CPU time or 60000 ms");
}

TEST(Isolated, EndsForeignCodeThatWaitsForEver) {
  const IsolatedResult result = isolated(
      [](Progress& progress) -> std::string {
        progress.enter(0, {});
        ::pause();
        return "";
      },
      {.cpu_limit = 60s, .wall_limit = 50ms});
  EXPECT_EQ(result.end, ChildEnd::kHung);
}

TEST(Isolated, LetsOurOwnCodeAndProgressTakeTheirTime) {
  // Fifteen answers, each within the limit and all of them far beyond it; then work of ours.
  const IsolatedResult result = isolated(
      [](Progress& progress) {
        volatile std::uint64_t turns = 0;
        for (std::uint64_t answer = 0; answer < 15; ++answer) {
          const ForeignStretch stretch(&progress, answer);
          for (std::uint64_t i = 0; i < 8'000'000; ++i) {
            turns = turns + 1;
          }
        }
        for (std::uint64_t i = 0; i < 100'000'000; ++i) {
          turns = turns + 1;
        }
        return std::to_string(progress.inside() ? 1 : 0);
      },
      {.cpu_limit = 100ms, .wall_limit = 60s});
  EXPECT_EQ(result.end, ChildEnd::kReturned);
  EXPECT_EQ(result.bytes, "0");
}

TEST(Isolated, TellsTheChildToStopOnce) {
  bool asked = false;
  const IsolatedResult result = isolated(
      [](Progress&) -> std::string {
        std::signal(SIGTERM, SIG_DFL);
        ::pause();
        return "";
      },
      {.interrupted = [&] { return std::exchange(asked, true); }});
  EXPECT_EQ(result.end, ChildEnd::kCrashed);
  EXPECT_EQ(result.signal, SIGTERM);
}

}  // namespace
}  // namespace lockstep
