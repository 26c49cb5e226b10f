// The runner itself: each kind of wrong expectation is noticed, each foreign word refused.
#include "properties/conformance.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/puppet_scheduler.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// "ok", "FAIL: expected ..., got ..." or the error.
std::string outcome(const std::string& line) {
  const Result<std::vector<ConformanceScenario>> parsed = parse_conformance_file("f", line);
  if (!parsed) {
    return parsed.error().message;
  }
  const auto difference = run_conformance_scenario(parsed->front());
  return difference ? "expected " + difference->expected + ", got " + difference->got : "ok";
}

std::string scenario(const std::string& events, const std::string& expect,
                     const std::string& more = "") {
  return R"({"id":"t","thr":1,"queues":[["q",{"lim":4,"to":10,"M":2}]],"events":")" + events +
         R"(","expect":")" + expect + "\"" + more + "}";
}

TEST(Conformance, AWrongExpectationIsADifference) {
  EXPECT_EQ(outcome(scenario("@0 q+1", "#1@10 q[1]")), "ok");
  EXPECT_EQ(outcome(scenario("@0 q+1", "#1@11 q[1]")), "expected #1@11 q[1], got #1@10 q[1]");
  EXPECT_EQ(outcome(scenario("@0 q+1", "#1@10 q[2]")), "expected #1@10 q[2], got #1@10 q[1]");
  EXPECT_EQ(outcome(scenario("@0 q+1", "#1@10 q[1]+pad[1]")),
            "expected #1@10 q[1]+pad[1], got #1@10 q[1]");
  EXPECT_EQ(outcome(scenario("@0 q+1", "")), "expected nothing, got #1@10 q[1]");
  EXPECT_EQ(outcome(scenario("", "#1@10 q[1]")), "expected #1@10 q[1], got nothing");
  EXPECT_EQ(outcome(scenario("@0 q+1; @5 close q", "#1@5 q[1]; closed(q)@6")),
            "expected closed(q)@6, got closed(q)@5");
  EXPECT_EQ(outcome(scenario("@0 q+1; @5 close q", "#1@5 q[1]")),
            "expected nothing, got closed(q)@5");
  EXPECT_EQ(outcome(scenario("@0 q+5 !UNAVAILABLE", "")),
            "expected @0 q+5 !UNAVAILABLE: UNAVAILABLE, got INVALID_ARGUMENT");
  EXPECT_EQ(outcome(scenario("@0 q+5", "")), "expected @0 q+5: accepted, got INVALID_ARGUMENT");
  EXPECT_EQ(outcome(scenario("@0 q+1; @1 q?cap=5", "#1@10 q[1]")),
            "expected @1 q?cap=5, got cap=7");
  EXPECT_EQ(outcome(scenario("add queue q", "ERR INVALID_ARGUMENT")),
            "expected ERR INVALID_ARGUMENT, got a scheduler");
}

std::string adaptive(const std::string& events, const std::string& expect,
                     const std::string& more = "") {
  return R"({"id":"t","sched":"adaptive","thr":4,"queues":[["q",{"lim":4}]],"events":")" + events +
         R"(","expect":")" + expect + "\"" + more + "}";
}

TEST(Conformance, ExpressStartsAndLimitsAreCompared) {
  EXPECT_EQ(outcome(adaptive("@0 q+0; q+4", "#1@0 q[0]; #2@0 q[4]")), "ok");
  EXPECT_EQ(outcome(adaptive("@0 q+1", "#1@0x q[1]")), "expected #1@0x q[1], got #1@0 q[1]");
  const std::string beyond = "@0 q+1; @5 q+4; @9 rel 1";
  const std::string one = R"(,"hold":[1],"init":1)";
  EXPECT_EQ(outcome(adaptive(beyond, "#1 q[1]; #2x q[4]", one)), "ok");
  EXPECT_EQ(outcome(adaptive(beyond, "#1 q[1]; #2 q[4]", one)), "expected #2 q[4], got #2x q[4]");
  EXPECT_EQ(outcome(adaptive("@0 limit=2.50; @1 limit=2.5", "", R"(,"init":2.5)")), "ok");
  EXPECT_EQ(outcome(adaptive("@0 limit=2.5", "")), "expected @0 limit=2.5, got limit=3");
  EXPECT_EQ(outcome(scenario("@0 limit=2.5", "")), "expected @0 limit=2.5, got limit=none");
  EXPECT_THAT(outcome(adaptive("@0 limit=", "")), HasSubstr("found event '@0 limit='"));
}

// TF 3.1: a close looks at once, then each millisecond, before the events of that instant.
TEST(Conformance, ACloseThatPollsReturnsAtItsNextPoll) {
  const std::string one = R"(,"hold":[1],"init":1)";
  const auto close_at = [&](const std::string& release) {
    return outcome(adaptive("@0 q+1; q+1; @10 close q; @" + release + " rel 1",
                            "#1 q[1]; #2 q[1]; closed(q)@1010", one));
  };
  EXPECT_EQ(close_at("1009"), "ok");
  EXPECT_EQ(close_at("1010"), "expected closed(q)@1010, got closed(q)@2010");
  EXPECT_EQ(outcome(adaptive("@0 q+1; q+1; @10 close q", "#1@0 q[1]; #2@1010 q[1]; closed(q)@1010",
                             R"(,"dur":{"1":1010},"init":1)")),
            "ok");
  EXPECT_EQ(outcome(adaptive("@0 q+1; @10 close q", "#1@0 q[1]; closed(q)@10", one)), "ok");
}

TEST(Conformance, TheFirstDifferenceInTimeIsTold) {
  EXPECT_EQ(outcome(scenario("@0 q+1; @5 q?num=2; @20 q?num=9", "#1@11 q[1]")),
            "expected @5 q?num=2, got num=1");
}

// Whole words only: blanks, a time that is not repeated and a last semicolon change nothing.
TEST(Conformance, SpellingsOfOneScenarioAreOneScenario) {
  const std::string expect = "#1@5 q[1,2]; #2@15 q[3]";
  EXPECT_EQ(outcome(scenario("@0 q+1; @0 q+2; @5 q+3; @5 q?num=1", expect)), "ok");
  EXPECT_EQ(outcome(scenario("@0 q+1; q+2; @5 q+3; q?num=1", expect)), "ok");
  EXPECT_EQ(outcome(scenario("  q+1 ;q+2;@5   q+3; q?num=1; ", expect)), "ok");
  EXPECT_EQ(outcome(scenario("@0 q+1; q+2; @5 q+3", " #1@5  q[ 1 ,2 ];#2@15 q[3] ; ")), "ok");
  EXPECT_EQ(outcome(scenario("@0 q+1; q+2; @5 q+3", "#1 q[1,2]; #2 q[3]")), "ok");
  EXPECT_EQ(outcome(scenario("@0 q+1; q+2; @5 q+3", "#1 q[1,2]; #2 q[2]")),
            "expected #2 q[2], got #2 q[3]");
  EXPECT_EQ(outcome(scenario("@0 q+1; q+2; @5 q+3; q?num=2", expect)),
            "expected @5 q?num=2, got num=1");
  EXPECT_EQ(outcome(scenario("@0 q+5!INVALID_ARGUMENT; close q", "closed(q)@0")), "ok");
  EXPECT_THAT(outcome(scenario("@0 q+1;; @0 q+2", expect)), HasSubstr("found event ''"));
  EXPECT_THAT(outcome(scenario("@0 q +1", expect)), HasSubstr("found event '@0 q +1'"));
  EXPECT_THAT(outcome(scenario("@0q+1", expect)), HasSubstr("found event '@0q+1'"));
}

// What an unsealed batch gains after its start stands in its one line; it ends once it is sealed.
TEST(Conformance, AnUnsealedDispatchGrowsUntilItIsSealed) {
  std::vector<Piece> pieces;
  std::vector<SimTime> ends;
  const auto streaming = [&](const Input& input, Decisions& out) {
    if (input.kind == InputKind::kBatchDone) {
      ends.push_back(input.now);
      out.finish_batch(input.batch, Status::kOk, Reason::kAnswered);
    } else if (input.kind == InputKind::kCloseQueue) {
      out.seal(BatchId{0}, 0, Reason::kFlush);
    } else {
      pieces = {Piece{.request = input.request, .rows = 1}};
      if (input.sequence == 0) {
        out.start(Start{.reason = Reason::kGreedy, .sealed = false}, range_of(pieces));
      } else {
        out.add(BatchId{0}, range_of(pieces));
      }
    }
  };
  const auto parsed = parse_conformance_file(
      "f",
      scenario("@0 q+1; @3 q+1; @5 close q", "#1@0 q[1,1]; closed(q)@12", R"(,"dur":{"1":7})"));
  ASSERT_TRUE(parsed);
  const auto difference =
      run_conformance_scenario(parsed->front(), std::make_unique<PuppetScheduler>(streaming));
  EXPECT_FALSE(difference) << difference->expected << ", got " << difference->got;
  EXPECT_THAT(ends, ElementsAre(at_ns(12'000)));
}

TEST(Conformance, EvictionsAreCumulativeAndOrdered) {
  const std::string start =
      R"({"id":"t","thr":1,"queues":[["q",{"lim":9,"to":9,"paware":2}]],"events":"@0 q+1:S=a; )";
  const std::string middle = R"(@0 q+1:S=b; @1 q+2:C; @1 q evicted )";
  const std::string end = R"(","expect":"#1@10 q[2]"})";
  EXPECT_EQ(outcome(start + middle + "{b,a}" + end), "ok");
  EXPECT_EQ(outcome(start + middle + "{a,b}" + end), "expected @1 q evicted {a,b}, got {b,a}");
  EXPECT_EQ(outcome(start + "q+2:C; q evicted {a, #2}" + end),
            "expected @0 q evicted {a, #2}, got {a}");
}

// TF 2.5 rule 1: a release is an event as written, after whatever stands before it.
TEST(Conformance, AReleaseTakesItsTurnAmongTheEvents) {
  const std::string held = R"(,"hold":[1])";
  EXPECT_EQ(outcome(scenario("@0 q+4; @5 q+4; @5 rel 1", "#1@0 q[4]; #2@5 q[4]", held)), "ok");
  EXPECT_EQ(outcome(scenario("@0 q+4; @5 rel 1; @5 q?num=0; @5 q+4; @5 q?num=0",
                             "#1@0 q[4]; #2@5 q[4]", held)),
            "ok");
  EXPECT_EQ(outcome(scenario("@0 q+4; @5 q+4; @5 q?num=1; @5 rel 1", "#1@0 q[4]; #2@5 q[4]", held)),
            "ok");
}

TEST(Conformance, WhatIsNotOfTheGrammarIsRefusedWithItsPlace) {
  EXPECT_THAT(outcome(scenario("@0 q+1", "#1@10 q[1]", R"(,"extra":1)")),
              StartsWith("f:1:100: found key 'extra', expected one of id, sched, thr"));
  EXPECT_EQ(outcome(scenario("@0 q+1; @3 r+1", "")),
            "f:1:81: found event '@3 r+1', expected an event of the grammar");
  EXPECT_THAT(outcome(scenario("@0 q+1:X", "")), StartsWith("f:1:77: found event '@0 q+1:X'"));
  EXPECT_THAT(outcome(scenario("@0 q+1 !FOO", "")), StartsWith("f:1:"));
  EXPECT_THAT(outcome(scenario("@0 q+0", "")), StartsWith("f:1:"));
  EXPECT_THAT(outcome(scenario("@5 q+1; @4 q+1", "")), EndsWith("expected times that rise"));
  EXPECT_THAT(outcome(scenario("@5 rel 1", "")),
              EndsWith("expected a dispatch that is held, released once"));
  EXPECT_THAT(outcome(scenario("", "#2@10 q[1]")), StartsWith("f:1:"));
  EXPECT_THAT(outcome(scenario("", "ERR INVALID_ARGUMENT; #1@10 q[1]")), StartsWith("f:1:"));
  EXPECT_THAT(outcome(R"({"id":"t","thr":1,"thr":1})"),
              StartsWith("f:1:19: found key 'thr' twice"));
  EXPECT_THAT(outcome(R"({"id":"t","thr":"1"})"), StartsWith("f:1:17: found a string"));
  EXPECT_THAT(outcome(R"({"id":"t","thr":1.5 })"), StartsWith("f:1:17: found a fraction"));
  EXPECT_THAT(outcome(R"({"id":"t","sched":"sharde"})"),
              StartsWith("f:1:19: found scheduler 'sharde', expected one of shared"));
  EXPECT_THAT(outcome(R"({"id":"t","sched":1})"), StartsWith("f:1:19: found an integer"));
  EXPECT_THAT(outcome(scenario("", "", R"(,"init":1)")), HasSubstr("found key 'init', expected"));
  EXPECT_THAT(outcome(adaptive("", "", R"(,"rank":true)")),
              HasSubstr("found key 'rank', expected"));
  EXPECT_THAT(outcome(adaptive("", "", R"(,"init":"1")")),
              HasSubstr("found a string, expected a decimal number"));
  EXPECT_THAT(outcome(adaptive("", "", R"(,"init":1e400)")), StartsWith("f:1:"));
  EXPECT_THAT(outcome(adaptive("", "", R"(,"init":99999999999999999999)")),
              HasSubstr("found a fraction, expected a decimal number"));
  EXPECT_THAT(outcome(scenario("", "", R"(,"dur":{"0":5})")),
              HasSubstr("found key '0', expected a number from 1"));
  EXPECT_THAT(outcome(scenario("", "", R"(,"dur_rows":{"2":-5})")),
              HasSubstr("found -5, expected microseconds"));
  EXPECT_THAT(outcome("\n{"), StartsWith("f:2:2: found the end of the line"));
  EXPECT_THAT(outcome(R"({"id" 1})"), StartsWith("f:1:7: found"));
  EXPECT_THAT(outcome(R"({"id":"t","thr":1,"queues":[["q",{"mix":"maxpat"}]]})"),
              StartsWith("f:1:41: found 'maxpat', expected one of maxpad, nextpad"));
}

}  // namespace
}  // namespace lockstep
