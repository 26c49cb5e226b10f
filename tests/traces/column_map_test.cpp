#include "traces/column_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/trace_text.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

// The times of a trace read with --map, or the error.
std::string mapped(const std::string& map, const std::string& text) {
  return times_or_error(text, {.format = "", .sort = false, .map = map});
}

TEST(ColumnMap, ReadsEveryTarget) {
  const auto content = read_trace(
      "id,when,rows,model,urgency,patience,user\n"
      "x,1000.5,3,bert,1,2.5,77\n"
      "y,1001,1,resnet,0,0,0\n",
      {.format = "",
       .sort = false,
       .map = "client=user,timeout=patience:ms,priority=urgency,queue=model,size=rows,"
              "arrival=when:us"});
  ASSERT_TRUE(content) << content.error().message;
  ASSERT_EQ(content->arrivals.size(), 2u);
  const Arrival& first = content->arrivals[0];
  EXPECT_EQ(ns_of(first.time), 0);
  EXPECT_EQ(first.size, 3u);
  EXPECT_EQ(first.priority, 1);
  EXPECT_EQ(first.timeout, SimDuration{2'500'000});
  EXPECT_EQ(raw(first.client), 77u);
  EXPECT_EQ(ns_of(content->arrivals[1].time), 500);
  EXPECT_THAT(content->queue_names, ElementsAre("bert", "resnet"));
  EXPECT_EQ(content->format,
            "map:arrival=when:us,size=rows,queue=model,priority=urgency,timeout=patience:ms,"
            "client=user");
}

TEST(ColumnMap, MakesNoTimeoutOfNoneOnly) {
  const auto content =
      read_trace("t,o\n0,0.0000001\n1,0.000\n2,0e5\n",
                 {.format = "", .sort = false, .map = "arrival=t:ms,timeout=o:ms"});
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->arrivals[0].timeout, SimDuration{1});
  EXPECT_EQ(content->arrivals[1].timeout, SimDuration{0});
  EXPECT_EQ(content->arrivals[2].timeout, SimDuration{0});
}

TEST(ColumnMap, CountsFromTheFirstRow) {
  EXPECT_EQ(mapped("arrival=t:s", "t\n1700000000.25\n1700000001\n"), "0 750000000");
  EXPECT_EQ(mapped("arrival=t:ns", "t\n1700000000000000001\n1700000000000000003\n"), "0 2");
}

TEST(ColumnMap, SubtractsDurationsAndPutsInOrder) {
  EXPECT_EQ(mapped("end=done:s,duration=took:ms", "done,took\n10,500\n10.2,2000\n11,0\n"),
            "0 1300000000 2800000000");
}

TEST(ColumnMap, ReadsDatesWithAZoneOrWithout) {
  EXPECT_EQ(mapped("arrival=t:date", "t\n2024-05-10T00:00:00.5Z\n2024-05-10T02:00:01+02:00\n"),
            "0 500000000");
  EXPECT_EQ(mapped("arrival=t:date", "t\n2024-05-10 00:00:00\n2024-05-10 00:00:01\n"),
            "0 1000000000");
  EXPECT_THAT(mapped("arrival=t:date", "t\n2024-05-10 00:00:00\n2024-05-10 00:00:01Z\n"),
              StartsWith("t.csv:3:1: found \"2024-05-10 00:00:01Z\", expected a time without a"));
}

TEST(ColumnMap, TakesQuotedFieldsAndNamesWithSpacesAndColons) {
  EXPECT_EQ(mapped("arrival=sent at:us:s",
                   "\"comment\",\"sent at:us\"\n\"a, \"\"b\"\"\",\"1\"\n"
                   "plain,2\n"),
            "0 1000000000");
  EXPECT_EQ(mapped("arrival=t:s", "t,c\n1,\"open\n"),
            "t.csv:2:3: found a quoted field without its second quote, expected it on the same "
            "line");
  EXPECT_EQ(mapped("arrival=t:s", "t,c\n1,\"a\"b\n"),
            "t.csv:2:6: found text behind a quoted field, expected a comma");
}

TEST(ColumnMap, TakesWholeNumbersThatAreWrittenAsFloats) {
  const auto content =
      read_trace("t,n\n0,32.0\n", {.format = "", .sort = false, .map = "arrival=t:s,size=n"});
  ASSERT_TRUE(content) << content.error().message;
  EXPECT_EQ(content->arrivals[0].size, 32u);
  for (const std::string bad : {"32.5", "32.", ".0", "", "1e3", "0.0", "16777217"}) {
    EXPECT_THAT(mapped("arrival=t:s,size=n", "t,n\n0," + bad + "\n"),
                HasSubstr("expected size as a whole number from 1 to 16777216"))
        << bad;
  }
}

TEST(ColumnMap, LooksAtNothingElse) {
  EXPECT_EQ(mapped("arrival=t:s", "t,junk\n0,\n1,NULL\n2,\xc3\xa9\n"), "0 1000000000 2000000000");
  EXPECT_THAT(mapped("arrival=t:s", std::string("t,junk\n0,a\0b\n", 13)),
              StartsWith("t.csv:2:4: found a NUL byte"));
}

TEST(ColumnMap, RefusesAnEmptyMappedField) {
  EXPECT_EQ(mapped("arrival=t:s", "t,junk\n0,\n,1\n"),
            "t.csv:3:1: found an empty field, expected t as decimal seconds: it is no decimal "
            "number");
}

TEST(ColumnMap, NamesAColumnThatIsNotThere) {
  EXPECT_EQ(mapped("arrival=tine:s", "time,size\n0,1\n"),
            "t.csv:1:1: found no column \"tine\" (did you mean time?), expected the columns that "
            "--map names among time, size");
}

TEST(ColumnMap, RefusesAMapThatSaysTooLittleOrTooMuch) {
  const auto refused = [](const std::string& map, const std::string& why) {
    EXPECT_THAT(mapped(map, "t\n0\n"), HasSubstr(why)) << map;
  };
  refused("size=t", "found --map without a time, expected arrival=COLUMN:UNIT");
  refused("end=t:s", "found --map with only one of end and duration");
  refused("duration=t:s", "found --map with only one of end and duration");
  refused("arrival=t:s,end=t:s,duration=t:s", "with arrival and with end or duration");
  refused("arrival=t:s,arrival=t:s", "expected each name once");
  refused("arrival=t", "expected arrival=COLUMN:UNIT with UNIT ns, us, ms, s or date");
  refused("arrival=t:min", "expected arrival=COLUMN:UNIT with UNIT ns, us, ms, s or date");
  refused("end=t:s,duration=t:date", "expected duration=COLUMN:UNIT with UNIT ns, us, ms or s");
  refused("arival=t:s", "did you mean arrival?");
  refused("arrival=:s", "expected the name of a column after =");
  refused("arrival=t:s,", "found an empty field in --map");
  EXPECT_EQ(times_or_error("t\n0\n", {.format = "vidur", .sort = false, .map = "arrival=t:s"}),
            "found --format with --map, expected one of them");
}

TEST(ColumnMap, RefusesTheRowThatBelongsTooFarBack) {
  std::string text = "end,took\n";
  for (int i = 0; i <= 65'536; ++i) {
    text += std::to_string(i + 10) + ",0\n";
  }
  // The window holds 65,536 rows: one more has left it, and nothing may arrive before that one.
  EXPECT_THAT(mapped("end=end:s,duration=took:s", text + "70000,69990\n"), StartsWith("0 "));
  EXPECT_THAT(
      mapped("end=end:s,duration=took:s", text + "70000,69990.5\n"),
      StartsWith("t.csv:65539:1: found \"70000\" of a request that arrived before one of "
                 "65536 rows earlier, expected rows at most that far out of order; --sort"));
  EXPECT_THAT(times_or_error(text + "70000,69990.5\n",
                             {.format = "", .sort = true, .map = "end=end:s,duration=took:s"}),
              StartsWith("0 500000000 "));
}

}  // namespace
}  // namespace lockstep
