#include "traces/trace_writer.h"

#include <sstream>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "tests/traces/trace_text.h"

namespace lockstep {
namespace {

std::string random_trace(std::uint64_t seed) {
  Prng prng(seed, "trace");
  std::string text = "arrival_ns,queue,size,priority,timeout_ns,client\n";
  std::uint64_t now = 0;
  for (int i = 0; i < 300; ++i) {
    now += prng.below(1'000'000'000);
    text += std::to_string(now);
    text += ",model " + std::to_string(prng.below(5));
    text += "," + std::to_string(1 + prng.below(1u << 24));
    text += "," + std::to_string(prng.below(256));
    text += "," + std::to_string(prng.below(std::uint64_t{1} << 60));
    text += "," + std::to_string(prng.next()) + "\n";
  }
  return text;
}

TEST(TraceWriter, WritesWhatReadsBackAsTheSameBytes) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const std::string text = random_trace(seed);
    const auto reader = open_trace_text("t.csv", text, {});
    ASSERT_TRUE(reader);
    std::ostringstream out;
    const auto rows = write_trace(**reader, out, TraceWriteOptions::every_column());
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(*rows, 300u);
    EXPECT_EQ(out.str(), text);
  }
}

TEST(TraceWriter, WritesOnlyTheColumnsAskedFor) {
  const auto reader = open_trace_text("t.csv", "arrival_ns,size\n5,2\n6,1\n", {});
  ASSERT_TRUE(reader);
  TraceWriteOptions options;
  options.comments = {"made by hand", ""};
  options.size = true;
  std::ostringstream out;
  ASSERT_TRUE(write_trace(**reader, out, options));
  EXPECT_EQ(out.str(), "# made by hand\n#\narrival_ns,size\n5,2\n6,1\n");
}

TEST(TraceWriter, RefusesToLoseAValueSilently) {
  const auto reader = open_trace_text("t.csv", "arrival_ns,size\n5,1\n6,2\n", {});
  ASSERT_TRUE(reader);
  std::ostringstream out;
  const auto rows = write_trace(**reader, out, {});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().message,
            "found a request (number 1) with its own size, expected column size to be written");
}

TEST(TraceWriter, ReportsAStreamThatFails) {
  const auto reader = open_trace_text("t.csv", "arrival_ns\n5\n", {});
  ASSERT_TRUE(reader);
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  EXPECT_FALSE(write_trace(**reader, out, {}));
}

}  // namespace
}  // namespace lockstep
