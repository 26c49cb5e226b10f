#include "traces/trace_reader.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "tests/traces/trace_text.h"

namespace lockstep {
namespace {

using testing::ElementsAre;

TEST(TraceReader, ReadsEveryColumnOfTheOwnFormat) {
  const auto content = read_trace(
      "# made by hand\n#\n"
      "arrival_ns,queue,size,priority,timeout_ns,client\n"
      "10,bert,3,1,5000,77\n"
      "20,resnet,1,0,0,0\n");
  ASSERT_TRUE(content) << content.error().message;
  const Arrival& first = content->arrivals.at(0);
  EXPECT_EQ(ns_of(first.time), 10);
  EXPECT_EQ(raw(first.queue), 0u);
  EXPECT_EQ(first.size, 3u);
  EXPECT_EQ(first.priority, 1);
  EXPECT_EQ(first.timeout, SimDuration{5000});
  EXPECT_EQ(raw(first.client), 77u);
  EXPECT_EQ(raw(content->arrivals.at(1).queue), 1u);
  EXPECT_EQ(content->format, "lockstep");
}

TEST(TraceReader, GivesAbsentColumnsTheirDefaults) {
  const auto content = read_trace("arrival_ns\n10\n");
  ASSERT_TRUE(content);
  const Arrival& only = content->arrivals.at(0);
  EXPECT_EQ(only.size, 1u);
  EXPECT_EQ(only.priority, 0);
  EXPECT_EQ(only.timeout, SimDuration{0});
  EXPECT_EQ(raw(only.client), 0u);
  EXPECT_THAT(content->queue_names, ElementsAre("queue"));
}

TEST(TraceReader, NumbersQueuesInOrderOfFirstUse) {
  const auto content = read_trace("arrival_ns,queue\n1,zeta\n2,alpha\n3,zeta\n4,mid\n5,alpha\n");
  ASSERT_TRUE(content);
  EXPECT_THAT(content->queue_names, ElementsAre("zeta", "alpha", "mid"));
  std::vector<std::uint32_t> ids;
  for (const Arrival& arrival : content->arrivals) {
    ids.push_back(raw(arrival.queue));
  }
  EXPECT_THAT(ids, ElementsAre(0, 1, 0, 2, 1));
}

TEST(TraceReader, RefusesOneQueueTooMany) {
  std::string text = "arrival_ns,queue\n";
  for (int i = 0; i < 65536; ++i) {
    text += "1,q" + std::to_string(i) + "\n";
  }
  EXPECT_TRUE(read_trace(text));
  const auto content = read_trace(text + "1,last\n");
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().message,
            "t.csv:65538:3: found \"last\", expected at most 65536 queues");
}

TEST(TraceReader, SortsOnRequestAndKeepsTheOrderOfEquals) {
  const auto content = read_trace("arrival_ns,queue,client\n9,late,1\n5,early,2\n9,late,3\n5,a,4\n",
                                  {.format = "", .sort = true});
  ASSERT_TRUE(content);
  std::vector<std::uint64_t> clients;
  for (const Arrival& arrival : content->arrivals) {
    clients.push_back(raw(arrival.client));
  }
  EXPECT_THAT(clients, ElementsAre(2, 4, 1, 3));
  // Ids follow the order of first use after sorting.
  EXPECT_THAT(content->queue_names, ElementsAre("early", "a", "late"));
  EXPECT_EQ(raw(content->arrivals.front().queue), 0u);
}

TEST(TraceReader, CountsSortedTimesFromTheEarliestRow) {
  EXPECT_EQ(times_or_error("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                           "2024-03-01 00:00:01,1,1\n2024-02-29 23:59:59.5,1,1\n",
                           {.format = "", .sort = true}),
            "0 1500000000");
}

TEST(TraceReader, DigestsTheBytesOfTheFile) {
  for (const std::string_view text : {"arrival_ns\n5\n", "arrival_ns\r\n5", "arrival_ns\n5\n\n"}) {
    const auto content = read_trace(text);
    ASSERT_TRUE(content);
    ByteDigest expected;
    expected.add(text);
    EXPECT_EQ(content->digest, expected.value()) << text;
  }
}

TEST(TraceReader, ReadsThePublishedAzureBytes) {
  const auto content =
      drain(open_trace(LOCKSTEP_SOURCE_DIR "/tests/traces/data/azure_conv_first_49_rows.csv", {}));
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->format, "azure-llm-2023");
  ASSERT_EQ(content->arrivals.size(), 49u);  // the last row has no line end
  EXPECT_EQ(ns_of(content->arrivals.at(0).time), 0);
  // 18:15:50.9951690 - 18:15:46.6805900 and 18:16:13.0876470 - 18:15:46.6805900
  EXPECT_EQ(ns_of(content->arrivals.at(1).time), 4'314'579'000);
  EXPECT_EQ(ns_of(content->arrivals.at(48).time), 26'407'057'000);
}

// libfccp's LineReader takes the byte behind the data for a line end; in a file of more than three
// of its 16 MiB blocks an old line end stands there.
TEST(TraceReader, ReadsALongTraceWithoutFinalLineEnd) {
  const std::string row = "0000000000001,1\n";  // 16 bytes, as the header: blocks end at line ends
  const std::size_t rows = (std::size_t{56} << 20) / row.size();
  std::string text = "arrival_ns,size\n";
  for (std::size_t i = 0; i < rows; ++i) {
    text += row;
  }
  text.pop_back();
  Result<std::unique_ptr<TraceReader>> reader = open_trace_text("t.csv", text, {});
  ASSERT_TRUE(reader);
  std::vector<Arrival> block(4096);
  std::size_t total = 0;
  for (std::size_t count = 1; count > 0; total += count) {
    const Result<std::size_t> read = (*reader)->read(block);
    ASSERT_TRUE(read) << read.error().message;
    count = *read;
  }
  EXPECT_EQ(total, rows);
  EXPECT_EQ((*reader)->row_count(), rows);
}

}  // namespace
}  // namespace lockstep
