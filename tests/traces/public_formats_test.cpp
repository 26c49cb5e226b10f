// The public trace formats: excerpts as published, and each format's own rules.
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/trace_text.h"
#include "traces/trace_writer.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kExcerpts = LOCKSTEP_SOURCE_DIR "/tests/traces/data/";
const std::string kPublished = LOCKSTEP_SOURCE_DIR "/../shared/traces/";

std::string azure_rows(const std::string& rows) {
  return "TIMESTAMP,ContextTokens,GeneratedTokens\n" + rows;
}

// A trace file as our own CSV.
std::string imported(const std::string& path) {
  const auto reader = open_trace(path, {});
  if (!reader) {
    return reader.error().message;
  }
  std::ostringstream out;
  const auto rows = write_trace(**reader, out, TraceWriteOptions{});
  return rows ? out.str() : rows.error().message;
}

std::vector<std::int64_t> arrival_ns(const TraceContent& content) {
  std::vector<std::int64_t> times;
  for (const Arrival& arrival : content.arrivals) {
    times.push_back(ns_of(arrival.time));
  }
  return times;
}

// --- Azure 2024 ----------------------------------------------------------------------------------

TEST(AzureLlm2024, IsToldFromTheZoneOfItsFirstRow) {
  const auto content = read_trace(
      azure_rows("2024-05-10 00:00:00.009930+00:00,2162,5\n2024-05-10 00:00:01+00:00,17,1\n"));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->format, "azure-llm-2024");
  EXPECT_THAT(arrival_ns(*content), ElementsAre(0, 990'070'000));
}

TEST(AzureLlm2024, CountsZonesIn) {
  EXPECT_EQ(times_or_error(azure_rows("2024-05-10 01:00:00+01:00,1,1\n2024-05-10 00:00:01Z,1,1\n"
                                      "2024-05-09 19:30:02-04:30,1,1\n")),
            "0 1000000000 2000000000");
}

TEST(AzureLlm2024, DoesNotMixWith2023) {
  EXPECT_EQ(times_or_error(azure_rows("2024-05-10 00:00:00+00:00,1,1\n2024-05-10 00:00:01,1,1\n")),
            "t.csv:3:1: found \"2024-05-10 00:00:01\", expected a time with a zone (+00:00), as "
            "azure-llm-2024 has it");
  EXPECT_EQ(times_or_error(azure_rows("2024-05-10 00:00:00,1,1\n2024-05-10 00:00:01Z,1,1\n")),
            "t.csv:3:1: found \"2024-05-10 00:00:01Z\", expected a time without a zone, as "
            "azure-llm-2023 has it");
}

TEST(AzureLlm2024, HoldsANamedFormatToItsTimes) {
  const std::string zoned = azure_rows("2024-05-10 00:00:00+00:00,1,1\n");
  const std::string plain = azure_rows("2024-05-10 00:00:00,1,1\n");
  EXPECT_EQ(times_or_error(zoned, {.format = "azure-llm-2024"}), "0");
  EXPECT_EQ(times_or_error(plain, {.format = "azure-llm-2023"}), "0");
  EXPECT_THAT(times_or_error(zoned, {.format = "azure-llm-2023"}), HasSubstr("without a zone"));
  EXPECT_THAT(times_or_error(plain, {.format = "azure-llm-2024"}), HasSubstr("with a zone"));
}

// --- Vidur ---------------------------------------------------------------------------------------

TEST(Vidur, GivesTheBytesOfItsAzureOriginal) {
  const std::string azure = imported(kExcerpts + "azure_conv_first_49_rows.csv");
  EXPECT_THAT(azure, StartsWith("arrival_ns\n0\n4314579000\n"));
  EXPECT_EQ(imported(kExcerpts + "vidur_conv_first_49_rows.csv"), azure);
}

TEST(Vidur, GivesTheBytesOfBothAzureOriginalsInFull) {
  if (!std::filesystem::exists(kPublished)) {
    GTEST_SKIP() << "no originals in ../shared";
  }
  for (const std::string name : {"code", "conv"}) {
    const std::string azure = imported(kPublished + "AzureLLMInferenceTrace_" + name + ".csv");
    EXPECT_GT(azure.size(), 100'000u) << azure;
    EXPECT_EQ(imported(kPublished + "vidur_splitwise_" + name + ".csv"), azure) << name;
  }
}

TEST(Vidur, RoundsToTheMicrosecond) {
  EXPECT_EQ(times_or_error("arrived_at,num_prefill_tokens,num_decode_tokens\n"
                           "0.0,4808,10\n5.8926549999999995,1,1\n5.8926554,1,1\n5.8926555,1,1\n"),
            "0 5892655000 5892655000 5892656000");
}

TEST(Vidur, ValidatesItsTokenCounts) {
  const std::string header = "arrived_at,num_prefill_tokens,num_decode_tokens\n";
  EXPECT_THAT(times_or_error(header + "0.0,4808,ten\n"),
              StartsWith("t.csv:2:10: found \"ten\", expected num_decode_tokens"));
  EXPECT_EQ(times_or_error(header + "soon,1,1\n"),
            "t.csv:2:1: found \"soon\", expected arrived_at as decimal seconds: it is no decimal "
            "number");
}

// --- BurstGPT ------------------------------------------------------------------------------------

TEST(BurstGpt, CountsFailedRequestsToo) {
  const auto content = read_trace(
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
      "5,ChatGPT,472,18,490,Conversation log\n"
      "45,ChatGPT,1087,0,1087,Conversation log\n"
      "118,GPT-4,417,276,693,API log\n");
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->format, "burstgpt");
  EXPECT_THAT(arrival_ns(*content), ElementsAre(0, 40'000'000'000, 113'000'000'000));
}

TEST(BurstGpt, KnowsTheColumnsOfNewerFiles) {
  EXPECT_EQ(times_or_error("Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,"
                           "Total tokens,Log Type\n"
                           "5.5,s1,1.2,ChatGPT,1,1,2,Conversation log\n6,,,GPT-4,1,1,2,API log\n"),
            "0 500000000");
}

// --- Azure Functions -----------------------------------------------------------------------------

TEST(AzureFunctions, ArrivesBeforeItEnds) {
  const auto content = drain(open_trace(kExcerpts + "azure_functions_first_12_rows.csv", {}));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->format, "azure-functions-2021");
  ASSERT_EQ(content->arrivals.size(), 12u);
  // 0.07949090003967285 - 0.078 = 0.001490900; 57.15786004066467 - 57.154 = 0.003860041 (rounded)
  EXPECT_EQ(ns_of(content->arrivals[0].time), 0);
  EXPECT_EQ(ns_of(content->arrivals[1].time), 3'860'041 - 1'490'900);
}

TEST(AzureFunctions, IsInOrderOfArrivalAsPublished) {
  const std::string path = kPublished + "azure_functions_2021_sample_200.csv";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "no original in ../shared";
  }
  const auto content = drain(open_trace(path, {}));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->arrivals.size(), 199u);
  EXPECT_EQ(ns_of(content->arrivals.back().time), 1'200'014'798'054 - 1'490'900);
}

TEST(AzureFunctions, PutsRowsInOrderOfEndIntoOrderOfArrival) {
  EXPECT_EQ(times_or_error("app,func,end_timestamp,duration\na,f,3,0.5\na,g,4,3.5\na,f,5,0\n"),
            "0 2000000000 4500000000");
}

TEST(AzureFunctions, RefusesANegativeDuration) {
  EXPECT_THAT(times_or_error("app,func,end_timestamp,duration\na,f,3,-0.5\n"),
              StartsWith("t.csv:2:7: found \"-0.5\", expected duration as decimal seconds"));
}

}  // namespace
}  // namespace lockstep
