// The 36 defects that published trace files were seen to have: docs/traces.md lists them by these
// numbers. Each is accepted, repaired by a stated rule, or refused with its place.
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/service_curve.h"
#include "tests/traces/packed_text.h"
#include "tests/traces/trace_text.h"
#include "traces/trace_writer.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::string_literals;

const std::string kAzureHeader = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
const std::string kVidurHeader = "arrived_at,num_prefill_tokens,num_decode_tokens\n";
const std::string kBurstHeader =
    "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n";
const std::string kFunctionsHeader = "app,func,end_timestamp,duration\n";

// The times of a CSV read with --map, or the error.
std::string times_mapped(const std::string& map, const std::string& text) {
  return times_or_error(text, {.format = "", .sort = false, .map = map});
}

std::string json_line(const std::string& timestamp, std::size_t id_count) {
  std::string ids = "1";
  for (std::size_t i = 1; i < id_count; ++i) {
    ids += ", " + std::to_string(i);
  }
  return R"({"timestamp": )" + timestamp +
         R"(, "input_length": 512, "output_length": 1, "hash_ids": [)" + ids + "]}\n";
}

// --- Bytes and lines -----------------------------------------------------------------------------

TEST(PublishedDefect, D01CrlfLineEnds) {
  EXPECT_EQ(times_or_error(kVidurHeader + "0.0,4808,10\r\n0.5,1,8\r\n"), "0 500000000");
}

TEST(PublishedDefect, D02NoLineEndAfterTheLastRow) {
  EXPECT_EQ(times_or_error("arrived_at,num_prefill_tokens,num_decode_tokens\r\n0,1,1\r\n1,1,10"),
            "0 1000000000");
}

TEST(PublishedDefect, D03OneLineOfMegabytes) {
  std::string line = "1";
  for (int i = 0; i < 2'900'000; ++i) {
    line += " 0";
  }
  EXPECT_EQ(times_or_error(line + " 1 "), "0 2900001000000000");
}

TEST(PublishedDefect, D04RowsOfVeryUnequalLength) {
  EXPECT_EQ(times_or_error(json_line("0", 1) + json_line("1", 5'000) + json_line("2", 2)),
            "0 1000000 2000000");
}

TEST(PublishedDefect, D05NoHeaderOrNamesWithSpaces) {
  EXPECT_EQ(times_or_error("0,10.5,1\n600,11.5,1\n"),
            "t.csv:1:1: found \"0\" in place of a header, expected a line with the names of the "
            "columns; add one and use --map");
  EXPECT_EQ(times_or_error(kBurstHeader + "5,ChatGPT,472,18,490,Conversation log\n"), "0");
}

TEST(PublishedDefect, D06AnotherOrderOfColumns) {
  EXPECT_EQ(times_mapped("arrival=timestamp:s", "timestamp,value,id\n1,7,8\n3,7,8\n"),
            "0 2000000000");
  EXPECT_EQ(times_mapped("arrival=timestamp:s", "value,id,timestamp\n7,8,1\n7,8,3\n"),
            "0 2000000000");
}

TEST(PublishedDefect, D07ADocumentedColumnThatIsMissing) {
  EXPECT_EQ(times_or_error("app,func,end_timestamp\na,f,5\n"),
            "t.csv:1:1: found no column duration, expected end_timestamp, duration, app, func");
  EXPECT_THAT(times_mapped("arrival=t:s,size=rows", "t\n5\n"), HasSubstr("no column \"rows\""));
}

TEST(PublishedDefect, D08AGitLfsPointer) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5788889\n";
  for (const std::string format : {"", "mooncake", "requests-per-second"}) {
    EXPECT_THAT(times_or_error(pointer, {.format = format}),
                StartsWith("t.csv:1:1: found a Git LFS pointer"));
  }
}

TEST(PublishedDefect, D09ASideFileOfMacOs) {
  EXPECT_THAT(times_or_error("\0\x05\x16\x07\0\x02\0\0Mac OS X"s),
              StartsWith("t.csv:1:1: found a side file of macOS"));
}

TEST(PublishedDefect, D10ACutArchiveOrRow) {
  const std::string packed = gzipped(kVidurHeader + "0.0,4808,10\n0.5,1,8\n");
  EXPECT_THAT(times_or_error(std::string_view(packed).substr(0, packed.size() - 9)),
              HasSubstr("found the end of the file inside gzip data (truncated?)"));
  EXPECT_EQ(times_or_error(kVidurHeader + "0.0,4808,10\n0.5,1"),
            "t.csv:3:6: found a row of 2 fields, expected 3: num_decode_tokens is missing");
}

TEST(PublishedDefect, D11ArchivesInPlaceOfText) {
  EXPECT_EQ(times_or_error(gzipped(kVidurHeader + "0.0,4808,10\n")), "0");
  EXPECT_THAT(times_or_error("Rar!\x1a\x07\x01"), HasSubstr("found a rar archive"));
  EXPECT_THAT(times_or_error("BZh91AY&SY"), HasSubstr("found bzip2 data"));
}

// --- Time ----------------------------------------------------------------------------------------

TEST(PublishedDefect, D12SevenFractionalDigits) {
  EXPECT_EQ(times_or_error(kAzureHeader +
                           "2023-11-16 18:15:46.6805900,1,1\n2023-11-16 18:15:46.6805901,1,1\n"),
            "0 100");
}

TEST(PublishedDefect, D13AnotherConventionTheNextYear) {
  EXPECT_EQ(times_or_error(kAzureHeader + "2024-05-10 00:00:00.009930+00:00,1,1\n"
                                          "2024-05-10 00:00:01+00:00,1,1\n"),
            "0 990070000");
  EXPECT_THAT(times_or_error(kAzureHeader + "2024-05-10 00:00:00.009930+00:00,1,1\n"
                                            "2024-05-10 00:00:01.0099300,1,1\n"),
              StartsWith("t.csv:3:1: found"));
}

TEST(PublishedDefect, D14NoTimeZone) {
  // A night on which Europe's clocks go forward: 1 s and an hour, as the clock shows it.
  EXPECT_EQ(times_or_error(kAzureHeader + "2024-03-31 01:59:59,1,1\n2024-03-31 03:00:00,1,1\n"),
            "0 3601000000000");
}

TEST(PublishedDefect, D15DigitsOfBinaryFloats) {
  EXPECT_EQ(
      times_or_error(kVidurHeader + "0,1,1\n5.8926549999999995,1,1\n138.57600300000001,1,1\n"),
      "0 5892655000 138576003000");
}

TEST(PublishedDefect, D16ManyRowsAtOneInstant) {
  const std::string rows = "2999,7\n3000,9\n3000,8\n3000,1\n";
  for (const bool sort : {false, true}) {
    const auto content = read_trace(
        "ms,who\n" + rows, {.format = "", .sort = sort, .map = "arrival=ms:ms,client=who"});
    ASSERT_TRUE(content) << content.error().message;
    std::vector<std::uint64_t> clients;
    for (const Arrival& arrival : content->arrivals) {
      clients.push_back(raw(arrival.client));
    }
    EXPECT_THAT(clients, ElementsAre(7, 9, 8, 1));
  }
}

TEST(PublishedDefect, D17AFirstTimeThatIsNotZero) {
  EXPECT_EQ(times_or_error(kBurstHeader + "5,G,1,1,2,API log\n5,G,1,1,2,API log\n45,G,1,1,2,A\n"),
            "0 0 40000000000");
  EXPECT_EQ(times_or_error("arrival_ns\n5\n7\n"), "5 7");  // ours says where 0 is
}

TEST(PublishedDefect, D18CompletionsInPlaceOfArrivals) {
  EXPECT_EQ(times_or_error(kFunctionsHeader + "a,f,57.158,57.154\na,f,0.08,0.078\n"), "0 2000000");
}

TEST(PublishedDefect, D19LongSilences) {
  EXPECT_EQ(times_or_error(kBurstHeader + "5,G,1,1,2,API log\n46805,G,1,1,2,API log\n"),
            "0 46800000000000");
  std::string counts = "1";
  for (int i = 1; i < 46'800; ++i) {
    counts += " 0";
  }
  EXPECT_EQ(times_or_error(counts + " 1"), "0 46800000000000");
}

TEST(PublishedDefect, D20MissingDataWrittenAsZeros) {
  EXPECT_EQ(times_or_error("2 0 0 1"), "0 500000000 3000000000");
}

TEST(PublishedDefect, D21ARampUpHead) {
  std::string rows = "0,1,1\n72000,1,1\n";
  for (int i = 1; i <= 92; ++i) {
    rows += std::to_string(72'000 + i) + ",1,1\n";
  }
  const auto content = read_trace(kVidurHeader + rows);
  ASSERT_TRUE(content);
  EXPECT_EQ(content->arrivals.size(), 94u);  // nothing is cut off
  EXPECT_EQ(content->arrivals[1].time, at_ns(72'000'000'000'000));
}

TEST(PublishedDefect, D22RowsOfAnotherDateThanDocumented) {
  EXPECT_EQ(times_or_error(kAzureHeader + "2023-11-16 18:15:46,1,1\n2023-11-16 18:15:47,1,1\n"),
            times_or_error(kAzureHeader + "2023-11-11 18:15:46,1,1\n2023-11-11 18:15:47,1,1\n"));
}

TEST(PublishedDefect, D23TimesShiftedByAnUnknownOffset) {
  EXPECT_EQ(times_mapped("arrival=t:s", "t\n0.25\n1.5\n"), "0 1250000000");
  EXPECT_EQ(times_mapped("arrival=t:s", "t\n4102444800.25\n4102444801.5\n"), "0 1250000000");
}

// --- Values --------------------------------------------------------------------------------------

TEST(PublishedDefect, D24ZeroOutputTokensOfAFailedRequest) {
  EXPECT_EQ(times_or_error(kBurstHeader + "5,G,10,0,10,API log\n6,G,10,2,12,API log\n"),
            "0 1000000000");
}

TEST(PublishedDefect, D25UnfinishedRows) {
  EXPECT_EQ(times_mapped("end=end:s,duration=took:s",
                         "end,took,status\n10,1.0,SUCCEED\n11,0.0,PENDING\n12,0.5,FAILED\n"),
            "0 2000000000 2500000000");
}

TEST(PublishedDefect, D26IntegersWrittenAsFloats) {
  EXPECT_EQ(times_mapped("arrival=t:s,size=rows", "t,rows\n0,32.0\n1.0,1\n"), "0 1000000000");
  EXPECT_THAT(times_or_error(kVidurHeader + "0,32.0,1\n"),
              StartsWith("t.csv:2:3: found \"32.0\", expected num_prefill_tokens"));
}

TEST(PublishedDefect, D27EmptyFieldsAndWordsForThem) {
  for (const std::string missing : {"", "None", "NULL", "nan"}) {
    EXPECT_THAT(times_mapped("arrival=t:s", "t,x\n0,1\n" + missing + ",1\n"),
                StartsWith("t.csv:3:1: found "))
        << missing;
    EXPECT_EQ(times_mapped("arrival=t:s", "t,x\n0,1\n1," + missing + "\n"), "0 1000000000")
        << missing;
  }
}

TEST(PublishedDefect, D28ExactDuplicates) {
  EXPECT_EQ(times_or_error(kVidurHeader + "0.5,7,7\n0.5,7,7\n"), "0 0");
}

TEST(PublishedDefect, D29ARowCountThatDiffersFromTheName) {
  const auto content = drain(open_trace_text("sample_200.csv", kFunctionsHeader + "a,f,2,1\n", {}));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->arrivals.size(), 1u);
}

TEST(PublishedDefect, D30ListsThatDisagreeWithTheirLength) {
  EXPECT_EQ(times_or_error(json_line("0", 1) + json_line("0", 400)), "0 0");  // 512 tokens: 1 id
}

TEST(PublishedDefect, D31StatisticsOfWindowsInPlaceOfArrivals) {
  EXPECT_THAT(times_or_error("0,0.0016666666666666668,797.0,Gamma,0.0000015,378000000\r\n"),
              StartsWith("t.csv:1:1: found \"0\" in place of a header"));
}

TEST(PublishedDefect, D32ADurationOfZero) {
  EXPECT_EQ(times_or_error(kFunctionsHeader + "a,f,1,0.0\na,f,1.5,0.0\n"), "0 500000000");
}

TEST(PublishedDefect, D33DurationsHundredsOfTimesTheMedian) {
  EXPECT_EQ(times_or_error(kFunctionsHeader + "a,f,16,1.6\na,f,100,1.6\na,f,420.3,404.987\n"),
            "0 913000000 84000000000");
}

TEST(PublishedDefect, D34ServiceTimesThatFallWithTheBatch) {
  const auto curve = parse_service_curve("4:20551.2us,5:20461.3us");
  ASSERT_TRUE(curve) << curve.error().message;
  EXPECT_EQ(curve->time(4), SimDuration{20'551'200});
  EXPECT_EQ(curve->time(5), SimDuration{20'461'300});
}

// --- Provenance ----------------------------------------------------------------------------------

TEST(PublishedDefect, D35ASampleWithTheHeaderOfAnotherTrace) {
  // That the rows are 3 s apart is no defect that a reader can see; their stamps name the format.
  const auto content = read_trace(kAzureHeader +
                                  "2024-05-10 00:00:00.000000+00:00,1,1\n"
                                  "2024-05-10 00:00:03.000000+00:00,1,1\n");
  ASSERT_TRUE(content);
  EXPECT_EQ(content->format, "azure-llm-2024");
  const auto other = read_trace(kAzureHeader +
                                "2024-05-10 00:00:00.000000+00:00,1,2\n"
                                "2024-05-10 00:00:03.000000+00:00,1,1\n");
  ASSERT_TRUE(other);
  EXPECT_NE(content->digest, other->digest);  // kept in the manifest: of the bytes, tokens included
}

TEST(PublishedDefect, D36OneTraceUnderTwoNamesAndFormats) {
  std::vector<std::string> written;
  for (const std::string& text : {kAzureHeader + "2023-11-16 18:17:03.9799600,4808,10\r\n"
                                                 "2023-11-16 18:17:04.0319600,3180,8\r\n",
                                  kVidurHeader + "0.0,4808,10\n0.052,3180,8\n"}) {
    const auto reader = open_trace_text("t.csv", text, {});
    ASSERT_TRUE(reader);
    std::ostringstream out;
    ASSERT_TRUE(write_trace(**reader, out, TraceWriteOptions{}));
    written.push_back(out.str());
  }
  EXPECT_EQ(written[0], "arrival_ns\n0\n52000000\n");
  EXPECT_EQ(written[1], written[0]);
}

}  // namespace
}  // namespace lockstep
