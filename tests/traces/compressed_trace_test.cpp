// Compressed traces: read as the text inside them, or refused where that text ends.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/packed_text.h"
#include "tests/traces/trace_text.h"
#include "traces/compressed_source.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kPackedTrace = "arrival_ns,size\n5,1\n7,2\n";

// What a source gives until it ends or fails.
struct Unpacked {
  std::string text;
  std::string failure;
};

Unpacked unpacked(std::string_view packed, const UnpackLimits& limits) {
  const std::unique_ptr<ByteSource> source = unpacked_source(text_source(packed), limits);
  Unpacked all;
  std::string block(100, '\0');
  for (std::size_t count = block.size(); count == block.size();) {
    count = source->read(block);
    all.text.append(block, 0, count);
  }
  all.failure = source->failure();
  return all;
}

TEST(CompressedTrace, IsReadAsTheTextInside) {
  const auto plain = read_trace(kPackedTrace);
  ASSERT_TRUE(plain);
  for (const std::string& packed :
       {gzipped(std::string(kPackedTrace)), zstd_packed(kPackedTrace)}) {
    const auto content = read_trace(packed);
    ASSERT_TRUE(content) << content.error().message;
    ASSERT_EQ(content->arrivals.size(), 2u);
    EXPECT_EQ(content->arrivals[1].size, 2u);
    EXPECT_EQ(content->digest, plain->digest);
  }
}

TEST(CompressedTrace, OfSeveralStreamsIsOneText) {
  EXPECT_EQ(times_or_error(gzipped("arrival_ns\n5\n") + gzipped("7\n")), "5 7");
  EXPECT_EQ(times_or_error(zstd_packed("arrival_ns\n5\n") + zstd_packed("7\n")), "5 7");
}

TEST(CompressedTrace, MayBeginWithAFrameThatZstdSkips) {
  const std::string skipped = std::string("\x50\x2a\x4d\x18\x02\0\0\0ab", 10);
  EXPECT_EQ(times_or_error(skipped + zstd_packed("arrival_ns\n5\n")), "5");
}

TEST(CompressedTrace, CountsLinesOfTheTextInside) {
  EXPECT_THAT(times_or_error(gzipped("arrival_ns\n5\nx\n")), StartsWith("t.csv:3:1: found \"x\""));
}

TEST(CompressedTrace, CutAnywhereIsRefused) {
  for (const std::string& packed :
       {gzipped(std::string(kPackedTrace)), zstd_packed(kPackedTrace)}) {
    for (std::size_t size = 4; size < packed.size(); ++size) {
      const std::string message = times_or_error(std::string_view(packed).substr(0, size));
      EXPECT_THAT(message, HasSubstr("found the end of the file inside")) << size;
    }
  }
}

// Nothing looks at the column that the cut shortens.
TEST(CompressedTrace, CutInAColumnThatIsNotReadIsRefused) {
  const std::string packed = gzipped("t,comment\n1,one\n2," + std::string(3'000, 'x') + "\n");
  for (std::size_t size = 4; size < packed.size(); ++size) {
    EXPECT_THAT(times_or_error(std::string_view(packed).substr(0, size),
                               {.format = "", .sort = false, .map = "arrival=t:s"}),
                HasSubstr("found the end of the file inside gzip data"))
        << size;
  }
}

TEST(CompressedTrace, CutNamesThePlaceWhereTheTextEnds) {
  std::string rows = "arrival_ns\n";
  for (int i = 0; i < 100'000; ++i) {
    rows += std::to_string(i * 7919LL) + "\n";
  }
  const std::string packed = gzipped(rows);
  const Unpacked half = unpacked(std::string_view(packed).substr(0, packed.size() / 2), {});
  const auto lines = std::count(half.text.begin(), half.text.end(), '\n');
  ASSERT_GT(lines, 1000);
  EXPECT_THAT(times_or_error(std::string_view(packed).substr(0, packed.size() / 2)),
              StartsWith("t.csv:" + std::to_string(lines + 1) + ":"));
}

TEST(CompressedTrace, AlteredIsRefused) {
  for (std::string packed : {gzipped(std::string(kPackedTrace)), zstd_packed(kPackedTrace)}) {
    packed[packed.size() - 1] ^= 1;  // length (gzip) or checksum (zstd)
    EXPECT_THAT(times_or_error(packed), HasSubstr("found damaged "));
  }
}

TEST(CompressedTrace, OtherDataBehindItIsRefused) {
  EXPECT_THAT(times_or_error(gzipped(std::string(kPackedTrace)) + "9,1\n"),
              HasSubstr("t.csv:4:1: found other data behind the gzip data"));
  EXPECT_THAT(times_or_error(zstd_packed(kPackedTrace) + "9,1\n"),
              HasSubstr("t.csv:4:1: found other data behind the zstd data"));
}

TEST(CompressedTrace, OfACompressedTraceIsRefused) {
  EXPECT_EQ(times_or_error(gzipped(gzipped(std::string(kPackedTrace)))),
            "t.csv:1:1: found gzip data, expected text; unpack it first: gzip -d");
  EXPECT_THAT(times_or_error(gzipped(std::string(257, 'a') + "ustar")),
              HasSubstr("found a tar archive"));
}

TEST(CompressedTrace, IsABombBeyondBothLimitsOnly) {
  const std::string text(10'000, '\n');
  const std::string packed = gzipped(text);
  const std::uint64_t ratio = text.size() / packed.size();  // rounded down
  EXPECT_EQ(unpacked(packed, {.free_bytes = 10'000, .max_ratio = 1}).failure, "");
  EXPECT_EQ(unpacked(packed, {.free_bytes = 0, .max_ratio = ratio + 1}).failure, "");
  EXPECT_THAT(unpacked(packed, {.free_bytes = 9'999, .max_ratio = ratio}).failure,
              HasSubstr("(a decompression bomb?)"));
  EXPECT_THAT(unpacked(zstd_packed(text), {.free_bytes = 9'999, .max_ratio = ratio}).failure,
              HasSubstr("(a decompression bomb?)"));
}

}  // namespace
}  // namespace lockstep
