#include "traces/servegen_windows.h"

#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/traces/scratch_directory.h"

namespace lockstep {
namespace {

// Rows as ServeGen publishes them (m-small, chunks 14 and 42).
constexpr const char* kRows =
    "0,19.053333333333335,5.3046940625043915,Weibull,0.405171048754724,0.02819138519386574\n"
    "600,0,0,,0,0\n"
    "1200,0.016666666666666666,1.6987861403061313,Gamma,0.3465154342120901,1.5842240282797e-05\n";

TEST(Decimal, IsRoundedToNanoUnits) {
  EXPECT_EQ(parse_decimal_nano("0"), 0u);
  EXPECT_EQ(parse_decimal_nano("19.053333333333335"), 19'053'333'333u);
  EXPECT_EQ(parse_decimal_nano("0.0166666666666666666666666"), 16'666'667u);
  EXPECT_EQ(parse_decimal_nano("1.7e-05"), 17'000u);
  EXPECT_EQ(parse_decimal_nano("5e-10"), 1u);
  EXPECT_EQ(parse_decimal_nano("4.9e-10"), 0u);
  EXPECT_EQ(parse_decimal_nano("1e-300"), 0u);
  EXPECT_EQ(parse_decimal_nano("1.5e+3"), 1'500'000'000'000u);
  EXPECT_EQ(parse_decimal_nano("999999999.999999999"), 999'999'999'999'999'999u);
  for (const char* text : {"", ".", "1.", ".5", "-1", "+1", " 1", "1 ", "1e", "e5", "1e5.0", "0x1",
                           "nan", "inf", "1000000000", "99999999999999999999", "1e10", "1.5.0"}) {
    EXPECT_FALSE(parse_decimal_nano(text)) << text;
  }
}

TEST(ServegenWindows, AreReadAsPublished) {
  const ScratchDirectory scratch;
  const Result<ServegenFile> file = read_servegen_windows(scratch.written("w.csv", kRows));
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->windows.size(), 3u);
  const ServegenWindow& first = file->windows[0];
  EXPECT_EQ(first.length_ns, 600'000'000'000);
  EXPECT_EQ(first.request_count(), 11'432u);  // 19.0533 * 600
  EXPECT_EQ(first.family, GapFamily::kWeibull);
  EXPECT_EQ(first.cv_millionths, 5'304'694u);
  EXPECT_EQ(first.shape_millionths, 405'171u);
  EXPECT_EQ(file->windows[1].request_count(), 0u);
  EXPECT_EQ(file->windows[2].family, GapFamily::kGamma);
  EXPECT_EQ(file->windows[2].request_count(), 10u);
  EXPECT_EQ(file->windows[2].length_ns, 600'000'000'000);  // as the one before
}

TEST(ServegenWindows, TakeCrlfAndAMissingLineEnd) {
  const ScratchDirectory scratch;
  const Result<ServegenFile> file =
      read_servegen_windows(scratch.written("w.csv", "0,1,1,Gamma,1,1\r\n600,0.5,0.001,Gamma,1,1"));
  ASSERT_TRUE(file) << file.error().message;
  // Gaps that hardly vary.
  EXPECT_EQ(file->windows[1].family, GapFamily::kConstant);
  EXPECT_EQ(file->windows[1].request_count(), 300u);
}

TEST(ServegenWindows, PointAtWhatIsWrong) {
  const ScratchDirectory scratch;
  const std::pair<const char*, const char*> cases[] = {
      {"", ":1:1: found an empty file, expected windows"},
      {"version https://git-lfs.github.com/spec/v1\n",
       ":1:1: found a Git LFS pointer, expected the data itself; fetch it with: git lfs pull"},
      {"0,1,1,Gamma,1,1\n",
       ":1:1: found fewer than two windows, expected more: a window ends where the next one "
       "begins"},
      {"start,rate,cv,family,shape,scale\n",
       ":1:1: found \"start\", expected window start as a decimal number from 0 to below 10^9"},
      {"0,1,1,Gamma,1\n", ":1:14: found a row of 5 fields, expected 6: scale is missing"},
      {"0,1,1,Gamma,1,1\n600,-1,1,Gamma,1,1\n",
       ":2:5: found \"-1\", expected rate as a decimal number from 0 to below 10^9"},
      {"0,1,1,Normal,1,1\n", ":1:7: found \"Normal\", expected Gamma, Weibull, or nothing"},
      {"0,1,1,,1,1\n",
       ":1:7: found an empty field, expected Gamma or Weibull: the window has requests"},
      {"0,1,10001,Gamma,1,1\n", ":1:5: found \"10001\", expected cv of at most 10000"},
      {"0,1,1,Weibull,0.04,1\n",
       ":1:15: found \"0.04\", expected shape of a Weibull from 0.05 to 1000"},
      {"600,1,1,Gamma,1,1\n600,1,1,Gamma,1,1\n",
       ":2:1: found \"600\", expected a window start later than the one before"},
  };
  for (const auto& [text, message] : cases) {
    const std::string path = scratch.written("w.csv", text);
    const Result<ServegenFile> file = read_servegen_windows(path);
    ASSERT_FALSE(file) << text;
    EXPECT_EQ(file.error().message, path + message) << text;
  }
}

// The published files, where they are at hand.
TEST(ServegenWindows, OfThePublishedFilesAreAllRead) {
  const std::string folder = LOCKSTEP_SOURCE_DIR "/../shared/traces/servegen_m-small/";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "the published files are not here";
  }
  std::uint64_t requests = 0;
  for (const char* chunk : {"chunk-5", "chunk-14", "chunk-38", "chunk-42"}) {
    const Result<ServegenFile> file =
        read_servegen_windows(folder + chunk + std::string("-trace.csv"));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->windows.size(), 2016u);
    for (const ServegenWindow& window : file->windows) {
      requests += window.request_count();
    }
  }
  EXPECT_EQ(requests, 860'715'684u);
}

}  // namespace
}  // namespace lockstep
