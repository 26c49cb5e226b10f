// One test per defect that trace files have been seen to have: refused with its exact place, or
// accepted by a rule of docs/traces.md.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/trace_text.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::string_literals;

constexpr std::string_view kNumberRange = "from 0 to 1152921504606846976";

std::string azure(const std::string& rows) {
  return "TIMESTAMP,ContextTokens,GeneratedTokens\n" + rows;
}

// --- accepted ------------------------------------------------------------------------------------

TEST(TraceDefect, CrlfLineEndsAreAccepted) {
  EXPECT_EQ(times_or_error("arrival_ns,size\r\n5,1\r\n7,2\r\n"), "5 7");
}

TEST(TraceDefect, AMissingFinalLineEndLosesNoRequest) {
  EXPECT_EQ(times_or_error("arrival_ns\n5\n7"), "5 7");
}

TEST(TraceDefect, CrlfWithoutFinalLineEndIsAccepted) {
  EXPECT_EQ(times_or_error("arrival_ns,size\r\n5,1\r\n7,2"), "5 7");
}

TEST(TraceDefect, AByteOrderMarkIsSkippedAndCountedInColumns) {
  EXPECT_EQ(times_or_error("\xef\xbb\xbf"
                           "arrival_ns\n5\n"),
            "5");
  EXPECT_THAT(times_or_error("\xef\xbb\xbf"
                             "arrival_ns,siez\n5,1\n"),
              StartsWith("t.csv:1:15: found unknown column \"siez\" (did you mean size?)"));
}

TEST(TraceDefect, BlankLinesAreAcceptedAtTheEndOnly) {
  EXPECT_EQ(times_or_error("arrival_ns\n5\n\n\r\n\n"), "5");
  EXPECT_EQ(times_or_error("arrival_ns\n5\n\n\n7\n"),
            "t.csv:3:1: found a blank line, expected a row");
}

TEST(TraceDefect, SevenFractionalDigitsAreExact) {
  EXPECT_EQ(times_or_error(azure("2023-11-16 18:15:46.6805900,1,1\n"
                                 "2023-11-16 18:15:46.6805901,1,1\n"
                                 "2023-11-16 18:15:46.680590123,1,1\n")),
            "0 100 123");
}

TEST(TraceDefect, RowsWithAndWithoutAFractionMix) {
  EXPECT_EQ(times_or_error(azure("2023-11-16 23:59:59,1,1\n2023-11-17 00:00:00.5,1,1\n")),
            "0 1500000000");
}

TEST(TraceDefect, RowsOfOneInstantKeepTheirOrder) {
  const auto content = read_trace("arrival_ns,client\n3,9\n3,7\n3,8\n");
  ASSERT_TRUE(content);
  EXPECT_EQ(raw(content->arrivals[0].client), 9u);
  EXPECT_EQ(raw(content->arrivals[1].client), 7u);
  EXPECT_EQ(raw(content->arrivals[2].client), 8u);
}

TEST(TraceDefect, ColumnsAreFoundByNameInAnyOrder) {
  const auto content = read_trace("size,arrival_ns\n4,100\n");
  ASSERT_TRUE(content);
  EXPECT_EQ(content->arrivals[0].size, 4u);
  EXPECT_EQ(ns_of(content->arrivals[0].time), 100);
}

// --- not a trace at all --------------------------------------------------------------------------

TEST(TraceDefect, AGitLfsPointerIsNamed) {
  EXPECT_EQ(times_or_error("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n"),
            "t.csv:1:1: found a Git LFS pointer, expected the data itself; fetch it with: git lfs "
            "pull");
}

TEST(TraceDefect, OtherArchivesAreNamedWithTheWayOut) {
  EXPECT_EQ(times_or_error("BZh91AY"),
            "t.csv:1:1: found bzip2 data, expected text; unpack it first: bzip2 -d");
  EXPECT_THAT(times_or_error("\xfd\x37\x7a\x58\x5a\0"s), HasSubstr("unpack it first: xz -d"));
  EXPECT_THAT(times_or_error("PK\x03\x04"s), HasSubstr("unpack it first: unzip"));
  EXPECT_THAT(times_or_error("Rar!\x1a\x07"s), HasSubstr("unpack it first: unrar x"));
  EXPECT_THAT(times_or_error("7z\xbc\xaf\x27\x1c"s), HasSubstr("unpack it first: 7z x"));
  EXPECT_THAT(times_or_error(std::string(257, 'a') + "ustar" + std::string(250, '\0')),
              HasSubstr("t.csv:1:1: found a tar archive, expected one text file"));
}

TEST(TraceDefect, ASideFileOfMacOsIsNamed) {
  EXPECT_THAT(times_or_error("\0\x05\x16\x07\0\x02\0\0"s),
              HasSubstr("t.csv:1:1: found a side file of macOS (AppleDouble)"));
}

TEST(TraceDefect, Utf16TextIsNamed) {
  EXPECT_THAT(times_or_error("\xff\xfe"
                             "a\0r\0"s),
              HasSubstr("found UTF-16 text"));
}

TEST(TraceDefect, ANulByteIsFoundWhereItStands) {
  EXPECT_EQ(times_or_error("arrival_ns,size\n5,1\n7,2\0junk\n"s),
            "t.csv:3:4: found a NUL byte (binary data?), expected text");
  EXPECT_EQ(times_or_error("\0\x05"s), "t.csv:1:1: found a NUL byte (binary data?), expected text");
  EXPECT_EQ(times_or_error("arrival_ns,queue\n5,mo\0del\n"s),
            "t.csv:2:5: found a NUL byte (binary data?), expected text");
}

TEST(TraceDefect, ControlBytesAreRefused) {
  EXPECT_EQ(times_or_error("arrival_ns,queue\n5,a\x07\n"),
            "t.csv:2:4: found control byte \"\\x07\" (binary data?), expected text");
  EXPECT_THAT(times_or_error("arrival_ns\r5\r7\r"), HasSubstr("t.csv:1:11: found control byte"));
}

TEST(TraceDefect, AnEmptyFileHasNoHeader) {
  EXPECT_EQ(times_or_error(""), "t.csv:1:1: found an empty file, expected a header line");
  EXPECT_EQ(times_or_error("# only a comment\n"),
            "t.csv:2:1: found the end of the file, expected a header line");
}

TEST(TraceDefect, AHeaderAloneIsNoTrace) {
  EXPECT_THAT(times_or_error("arrival_ns\n"),
              HasSubstr("found no requests, expected at least one"));
  EXPECT_THAT(times_or_error("arrival_ns,size\n\n\n"),
              HasSubstr("found no requests, expected at least one"));
  EXPECT_THAT(times_or_error("arrival_ns", {.format = "", .sort = true}),
              HasSubstr("found no requests, expected at least one"));
}

TEST(TraceDefect, AMissingFileAndADirectoryAreNamed) {
  const auto missing = open_trace("no/such/file.csv", {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "no/such/file.csv: cannot open it: No such file or directory");
  const auto directory = open_trace(LOCKSTEP_SOURCE_DIR "/traces", {});
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().message, HasSubstr("found a directory, expected a file"));
}

// --- header --------------------------------------------------------------------------------------

TEST(TraceDefect, AnUnknownHeaderListsWhatIsUnderstood) {
  EXPECT_EQ(
      times_or_error("arival_ns,size\n5,1\n"),
      "t.csv:1:1: found unknown column \"arival_ns\" (did you mean arrival_ns?), expected a "
      "column of times: arrival_ns (lockstep), TIMESTAMP (azure-llm-2023), arrived_at "
      "(vidur), Timestamp (burstgpt), end_timestamp (azure-functions-2021); --map names those "
      "of another CSV");
}

TEST(TraceDefect, AnUnknownColumnIsRefused) {
  EXPECT_EQ(times_or_error("arrival_ns,prioritty\n5,1\n"),
            "t.csv:1:12: found unknown column \"prioritty\" (did you mean priority?), expected "
            "columns of lockstep (arrival_ns, queue, size, priority, timeout_ns, client)");
}

TEST(TraceDefect, AMissingColumnIsNamed) {
  EXPECT_THAT(times_or_error("size,client\n1,1\n"),
              HasSubstr("t.csv:1:1: found a header without a column of times"));
  EXPECT_EQ(times_or_error("TIMESTAMP,ContextTokens\n2023-11-16 18:15:46,1\n"),
            "t.csv:1:1: found no column GeneratedTokens, expected TIMESTAMP, ContextTokens, "
            "GeneratedTokens");
}

TEST(TraceDefect, AColumnNamedTwiceIsRefused) {
  EXPECT_EQ(times_or_error("arrival_ns,size,size\n5,1,2\n"),
            "t.csv:1:17: found column \"size\" a second time, expected each column once");
}

TEST(TraceDefect, AnUnknownFormatNameIsRefused) {
  EXPECT_EQ(
      times_or_error("arrival_ns\n5\n", {.format = "azure-llm-2032", .sort = false}),
      "found format \"azure-llm-2032\" (did you mean azure-llm-2023?), expected one of "
      "lockstep, azure-llm-2023, azure-llm-2024, vidur, burstgpt, azure-functions-2021, mooncake, "
      "access-log, requests-per-second, perf-analyzer-intervals");
}

TEST(TraceDefect, ANamedFormatMustFitTheHeader) {
  EXPECT_THAT(times_or_error("arrival_ns\n5\n", {.format = "azure-llm-2023", .sort = false}),
              HasSubstr("t.csv:1:1: found unknown column \"arrival_ns\""));
}

// --- rows ----------------------------------------------------------------------------------------

TEST(TraceDefect, ACutRowNamesTheMissingField) {
  EXPECT_EQ(times_or_error("arrival_ns,size,client\n5,1,1\n7,2"),
            "t.csv:3:4: found a row of 2 fields, expected 3: client is missing");
}

TEST(TraceDefect, AnExtraFieldIsRefused) {
  EXPECT_EQ(times_or_error("arrival_ns,size\n5,1\n7,2,9\n"),
            "t.csv:3:5: found a row of 3 fields, expected 2: nothing after size");
}

TEST(TraceDefect, AnEmptyFieldIsNotZero) {
  EXPECT_EQ(times_or_error("arrival_ns,size\n5,1\n7,\n"),
            "t.csv:3:3: found an empty field, expected size as a whole number from 1 to 16777216");
  EXPECT_THAT(times_or_error("arrival_ns,size\n,1\n"),
              HasSubstr("t.csv:2:1: found an empty field"));
  EXPECT_THAT(times_or_error("arrival_ns,queue\n5,\n"),
              HasSubstr("t.csv:2:3: found an empty field, expected queue"));
}

TEST(TraceDefect, NumbersHaveDigitsOnly) {
  for (const std::string_view bad :
       {"12x", "1.5", "-1", "+1", " 1", "1 ", "0x10", "1e3", "\"1\""}) {
    EXPECT_EQ(times_or_error("arrival_ns,size\n0,1\n" + std::string(bad) + ",1\n"),
              "t.csv:3:1: found \"" + std::string(bad) +
                  "\", expected arrival_ns as a whole number " + std::string(kNumberRange));
  }
}

TEST(TraceDefect, TimesBeyondTheLastInstantAreRefused) {
  EXPECT_EQ(times_or_error("arrival_ns\n1152921504606846976\n"), "1152921504606846976");
  EXPECT_THAT(times_or_error("arrival_ns\n1152921504606846977\n"),
              StartsWith("t.csv:2:1: found \"1152921504606846977\""));
  EXPECT_THAT(times_or_error("arrival_ns\n9223372036854775808\n"), StartsWith("t.csv:2:1: found"));
  EXPECT_THAT(times_or_error("arrival_ns\n99999999999999999999999\n"),
              StartsWith("t.csv:2:1: found"));
}

TEST(TraceDefect, ValuesOutOfRangeAreRefused) {
  EXPECT_EQ(times_or_error("arrival_ns,size\n5,16777216\n"), "5");
  EXPECT_THAT(times_or_error("arrival_ns,size\n5,16777217\n"), StartsWith("t.csv:2:3: found"));
  EXPECT_THAT(times_or_error("arrival_ns,size\n5,0\n"), StartsWith("t.csv:2:3: found \"0\""));
  EXPECT_EQ(times_or_error("arrival_ns,priority\n5,255\n"), "5");
  EXPECT_THAT(times_or_error("arrival_ns,priority\n5,256\n"), StartsWith("t.csv:2:3: found"));
  EXPECT_EQ(times_or_error("arrival_ns,client\n5,18446744073709551615\n"), "5");
  EXPECT_THAT(times_or_error("arrival_ns,client\n5,18446744073709551616\n"),
              StartsWith("t.csv:2:3: found"));
  EXPECT_THAT(times_or_error("arrival_ns,timeout_ns\n5,1152921504606846977\n"),
              StartsWith("t.csv:2:3: found"));
}

TEST(TraceDefect, QueueNamesAreShortPlainText) {
  const std::string longest(64, 'q');
  EXPECT_EQ(times_or_error("arrival_ns,queue\n5," + longest + "\n"), "5");
  EXPECT_THAT(times_or_error("arrival_ns,queue\n5," + longest + "q\n"),
              HasSubstr("t.csv:2:3: found \"qqqq"));
  EXPECT_THAT(times_or_error("arrival_ns,queue\n5,\"bert\"\n"),
              HasSubstr("without comma or quote"));
  EXPECT_THAT(times_or_error("arrival_ns,queue\n5,caf\xc3\xa9\n"), HasSubstr("printable ASCII"));
}

TEST(TraceDefect, UnsortedRowsNameBothTimes) {
  EXPECT_EQ(times_or_error("arrival_ns\n5\n9\n8\n"),
            "t.csv:4:1: found time 8 after 9 in the row before, expected times that do not "
            "decrease; --sort sorts the rows in memory");
  EXPECT_EQ(times_or_error(azure("2023-11-16 18:15:46,1,1\n2023-11-16 18:15:45.9,1,1\n")),
            "t.csv:3:1: found time 2023-11-16 18:15:45.9 after 2023-11-16 18:15:46 in the row "
            "before, expected times that do not decrease; --sort sorts the rows in memory");
}

TEST(TraceDefect, ALineBeyondAllMeasureIsRefused) {
  const std::string line(std::size_t{17} << 20, '1');
  EXPECT_EQ(times_or_error("arrival_ns\n5\n" + line + "\n"),
            "t.csv:3:1: found a line longer than 16 MiB, expected a row");
  EXPECT_THAT(times_or_error("arrival_ns\n" + std::string(100, ',') + "\n"),
              HasSubstr("found more than 32 fields, expected 1 field"));
}

TEST(TraceDefect, DatesThatDoNotExistAreRefused) {
  const auto refused = [](const std::string& time, std::string_view why) {
    EXPECT_EQ(times_or_error(azure(time + ",1,1\n")),
              "t.csv:2:1: found \"" + time +
                  "\", expected TIMESTAMP as YYYY-MM-DD HH:MM:SS[.fraction]: " + std::string(why));
  };
  refused("2023-13-01 00:00:00", "there is no such month");
  refused("2023-00-01 00:00:00", "there is no such month");
  refused("2023-02-29 00:00:00", "that month has no such day");
  refused("2024-02-30 00:00:00", "that month has no such day");
  refused("2023-04-31 00:00:00", "that month has no such day");
  refused("2023-04-00 00:00:00", "that month has no such day");
  refused("2023-04-01 24:00:00", "a day ends at 23:59:59");
  refused("2023-04-01 23:60:00", "a day ends at 23:59:59");
  refused("2023-04-01 23:59:60", "a day ends at 23:59:59");
  refused("2023-4-1 23:59:59", "it has another shape");
  refused("2023-04-01 23:59:59.", "a point stands before digits");
  refused("2023-04-01 23:59:59.5+25:00",
          "nothing may follow the seconds but a fraction and a zone (Z, +HH:MM)");
  refused("2023-04-01 23:59:59.1234567890", "a fraction has at most 9 digits");
}

TEST(TraceDefect, TokenCountsAreValidatedThoughUnused) {
  EXPECT_THAT(times_or_error(azure("2023-11-16 18:15:46,32.0,1\n")),
              StartsWith("t.csv:2:21: found \"32.0\", expected ContextTokens"));
  EXPECT_THAT(times_or_error(azure("2023-11-16 18:15:46,32,\n")),
              StartsWith("t.csv:2:24: found an empty field, expected GeneratedTokens"));
}

TEST(TraceDefect, RowsMoreThan36YearsApartAreRefused) {
  EXPECT_THAT(times_or_error(azure("1970-01-01 00:00:00,1,1\n2023-01-01 00:00:00,1,1\n")),
              HasSubstr("t.csv:3:1: found \"2023-01-01 00:00:00\", expected TIMESTAMP within 36 "
                        "years of the first row"));
}

}  // namespace
}  // namespace lockstep
