// Trace formats without a header: Mooncake's JSON Lines, counts, intervals, access logs.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/trace_text.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// --- Mooncake ------------------------------------------------------------------------------------

std::string mooncake(const std::string& timestamp) {
  return R"({"timestamp": )" + timestamp +
         R"(, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]})" + "\n";
}

TEST(Mooncake, ReadsThePublishedBytes) {
  const auto content = drain(open_trace(
      LOCKSTEP_SOURCE_DIR "/tests/traces/data/mooncake_conversation_first_12_lines.jsonl", {}));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->format, "mooncake");
  ASSERT_EQ(content->arrivals.size(), 12u);
  EXPECT_EQ(ns_of(content->arrivals[9].time), 0);
  EXPECT_EQ(ns_of(content->arrivals[10].time), 3'000'000'000);
}

TEST(Mooncake, ReadsThePublishedFilesInFull) {
  const std::string published = LOCKSTEP_SOURCE_DIR "/../shared/traces/mooncake_";
  if (!std::filesystem::exists(published + "synthetic_trace.jsonl")) {
    GTEST_SKIP() << "no originals in ../shared";
  }
  const auto conversation =
      drain(open_trace(published + "conversation_trace.first30min.jsonl", {}));
  ASSERT_TRUE(conversation) << conversation.error().message;
  EXPECT_EQ(conversation->arrivals.size(), 5'719u);
  EXPECT_EQ(ns_of(conversation->arrivals.back().time), 1'797'000'000'000);
  const auto synthetic = drain(open_trace(published + "synthetic_trace.jsonl", {}));
  ASSERT_TRUE(synthetic) << synthetic.error().message;
  EXPECT_EQ(synthetic->arrivals.size(), 3'993u);
}

TEST(Mooncake, CountsMillisecondsFromTheFirstLine) {
  EXPECT_EQ(times_or_error(mooncake("27000") + mooncake("27000") + mooncake("29999")),
            "0 0 2999000000");
  EXPECT_EQ(times_or_error(mooncake("0") + mooncake("1.5")), "0 1500000");
}

TEST(Mooncake, DoesNotLookAtHashIds) {
  EXPECT_EQ(times_or_error(R"({"output_length":1,"input_length":99999,"timestamp":0})"), "0");
  EXPECT_EQ(times_or_error(R"({"hash_ids":[],"output_length":1,"input_length":2,"timestamp":7})"),
            "0");
  EXPECT_EQ(times_or_error(R"({"hash_ids":[["x",{"timestamp":4}]],"timestamp":0,)"
                           R"("input_length":2,"output_length":1})"),
            "0");
}

TEST(Mooncake, NamesWhatIsWrongAndWhere) {
  const auto refused = [](const std::string& second_line, const std::string& message) {
    EXPECT_THAT(times_or_error(mooncake("0") + second_line), StartsWith(message)) << second_line;
  };
  const std::string lengths = R"(, "input_length": 1, "output_length": 2})";
  refused(R"({"timestamp": "5")" + lengths,
          "t.csv:2:15: found \"\"5\"\", expected timestamp as decimal milliseconds");
  refused(R"({"timestamp": -5)" + lengths, "t.csv:2:15: found \"-5\", expected timestamp");
  refused(R"({"timestamp": 5, "input_length": 1.5, "output_length": 2})",
          "t.csv:2:34: found \"1.5\", expected input_length as a whole number from 0 to");
  refused(R"({"timestamp": 5, "input_length": 1})", "t.csv:2:1: found no key output_length");
  refused(R"({"timestmp": 5)" + lengths,
          "t.csv:2:2: found unknown key \"timestmp\" (did you mean timestamp?), expected one JSON "
          "object a line");
  refused(R"({"timestamp": 5, "timestamp": 6)" + lengths,
          "t.csv:2:2: found key \"timestamp\" a second time");
  refused(R"({"timestamp": {"ms": 5})" + lengths, "t.csv:2:2: found an object");
  refused(R"({"timestamp": [5])" + lengths, "t.csv:2:2: found timestamp as a list");
  refused(R"({"timestamp": 5, "hash_ids": 6)" + lengths, "t.csv:2:18: found hash_ids as 6");
  refused("[1]", "t.csv:2:1: found a list");
  refused("5", "t.csv:2:1: found 5");
  refused(R"({"timestamp": 5, )", "t.csv:2:18: found text that is no JSON");
  refused(R"({"timestamp": 5)" + lengths + " {}", "t.csv:2:57: found text that is no JSON");
  refused("\n" + mooncake("5"), "t.csv:2:1: found a blank line");
}

TEST(Mooncake, RefusesTimesThatDecrease) {
  EXPECT_EQ(times_or_error(mooncake("5") + mooncake("4")),
            "t.csv:2:15: found time 4 after 5 in the row before, expected times that do not "
            "decrease; --sort sorts the rows in memory");
  EXPECT_EQ(times_or_error(mooncake("5") + mooncake("4"), {.format = "", .sort = true}),
            "0 1000000");
}

// --- Requests per second -------------------------------------------------------------------------

TEST(RequestCounts, SpreadsTheRequestsOfASecondEvenly) {
  const auto content = read_trace("2 0 3 ");
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->format, "requests-per-second");
  EXPECT_EQ(times_or_error("2 0 3 "), "0 500000000 2000000000 2333333333 2666666666");
}

TEST(RequestCounts, KeepsItsSecondZero) {
  EXPECT_EQ(times_or_error("0 1"), "1000000000");
}

TEST(RequestCounts, MayStandOneALineWhenNamed) {
  EXPECT_EQ(times_or_error("1\n0\n1\n", {.format = "requests-per-second"}), "0 2000000000");
  EXPECT_EQ(times_or_error("1\n0\n1\n"),
            "t.csv:1:1: found \"1\" in place of a header, expected a header; one number a line is "
            "--format perf-analyzer-intervals or requests-per-second");
}

TEST(RequestCounts, RefusesWhatIsNoCount) {
  EXPECT_EQ(times_or_error("1 2  3"), "t.csv:1:5: found two spaces, expected one between numbers");
  EXPECT_EQ(times_or_error("1 2\n4 1.5"),
            "t.csv:2:3: found \"1.5\", expected requests of a second as a whole number from 0 to "
            "1000000000");
  EXPECT_THAT(times_or_error("1 2\n4 -1"), StartsWith("t.csv:2:3: found \"-1\""));
  EXPECT_THAT(times_or_error("1 1000000001"), StartsWith("t.csv:1:3: found \"1000000001\""));
  EXPECT_EQ(times_or_error("0 0 0"), "t.csv:1:1: found no requests, expected at least one");
}

// --- Perf Analyzer intervals ---------------------------------------------------------------------

TEST(PerfAnalyzerIntervals, StartAfterTheFirstInterval) {
  EXPECT_EQ(times_or_error("1000\n0\n2500", {.format = "perf-analyzer-intervals"}),
            "1000000 1000000 3500000");
}

TEST(PerfAnalyzerIntervals, RefuseWhatIsNoInterval) {
  const TraceOptions options{.format = "perf-analyzer-intervals"};
  for (const std::string bad : {"1.5", "-1", "x", "1 2", "1152921504606847"}) {
    EXPECT_EQ(times_or_error("7\n" + bad + "\n", options),
              "t.csv:2:1: found \"" + bad +
                  "\", expected an interval as a whole number of microseconds below 36 years");
  }
  EXPECT_THAT(times_or_error("7\n\n8\n", options), StartsWith("t.csv:2:1: found a blank line"));
  EXPECT_THAT(times_or_error("1152921504606846\n1\n", options),
              StartsWith("t.csv:2:1: found \"1\", expected intervals of less than 36 years"));
  EXPECT_THAT(times_or_error("", options), HasSubstr("found no requests"));
}

// --- Access logs ---------------------------------------------------------------------------------

std::string log_line(const std::string& time, const std::string& rest) {
  return "10.0.0.7 - - [" + time + R"(] "POST /v1/models/resnet:predict HTTP/1.1" 200 123 "-" )" +
         R"x("python-requests/2.31 (a \" quote)")x" + rest + "\n";
}

TEST(AccessLog, ArrivesBeforeItEnds) {
  const std::string text = log_line("16/Nov/2023:18:15:46 +0000", " 0.500") +
                           log_line("16/Nov/2023:18:15:47 +0000", " 3.250") +
                           log_line("16/Nov/2023:19:15:47 +0100", " 0.000");
  const auto content = read_trace(text);
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->format, "access-log");
  EXPECT_EQ(times_or_error(text), "0 1750000000 3250000000");
}

TEST(AccessLog, FindsNamedTimesAmongOtherFields) {
  EXPECT_EQ(
      times_or_error(
          log_line("16/Nov/2023:18:15:46 +0000", " rt=0.500 uct=\"0.001\" msec=1700158546.250") +
          log_line("16/Nov/2023:18:15:46 +0000", " request_time=0.250 msec=1700158546.500 9.9")),
      "0 500000000");
}

TEST(AccessLog, AgreesOnBothWaysToStateTheEnd) {
  EXPECT_EQ(times_or_error(log_line("16/Nov/2023:18:15:46 +0000", " 0.000") +
                           log_line("01/Jan/1970:00:00:00 +0000", " rt=0.0 msec=1700158546.000")),
            "0 0");
}

TEST(AccessLog, NeedsTheDuration) {
  EXPECT_EQ(times_or_error(log_line("16/Nov/2023:18:15:46 +0000", "")),
            "t.csv:1:132: found the end of the line, expected the seconds that the request took: "
            "add $request_time to the log_format; without it nothing says when a request arrived");
  EXPECT_THAT(times_or_error(log_line("16/Nov/2023:18:15:46 +0000", " 500")),
              StartsWith("t.csv:1:133: found \"500\", expected the seconds that the request took "
                         "($request_time) as the last field or as request_time=, such as 0.123: it "
                         "has no point"));
  EXPECT_THAT(times_or_error(log_line("16/Nov/2023:18:15:46 +0000", " 0.5x")),
              HasSubstr("it is no decimal number"));
}

TEST(AccessLog, ChecksItsDates) {
  const auto refused = [](const std::string& time, const std::string& why) {
    EXPECT_EQ(times_or_error(log_line(time, " 0.5")),
              "t.csv:1:15: found \"" + time +
                  "\", expected a time as 16/Nov/2023:18:15:46 +0000: " + why);
  };
  refused("31/Nov/2023:18:15:46 +0000", "that month has no such day");
  refused("16/Nvo/2023:18:15:46 +0000", "there is no such month");
  refused("16/Nov/2023:24:15:46 +0000", "a day ends at 23:59:59");
  refused("16/Nov/2023 18:15:46 +0000", "it has another shape");
  refused("16/Nov/2023:18:15:46 +00000", "it has another shape");
  refused("16/Nov/2023:18:15:4x +0000", "it has another shape");
}

TEST(AccessLog, RefusesALineOfAnotherShape) {
  EXPECT_EQ(times_or_error(log_line("16/Nov/2023:18:15:46 +0000", " 0.5") + "logrotate was here\n"),
            "t.csv:2:1: found a line of another shape, expected ADDRESS - USER [TIME] \"REQUEST\" "
            "STATUS BYTES \"REFERRER\" \"AGENT\" ... SECONDS");
}

}  // namespace
}  // namespace lockstep
