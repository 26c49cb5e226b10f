#include "sim/device_text.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "sim/device_terms.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

std::string canonical(const std::string& text) {
  const Result<DeviceDescription> device = parse_device(text);
  return device ? device_text(*device) : "refused: " + device.error().message;
}

TEST(DeviceText, OfACurveAloneIsThatCurve) {
  for (const char* text : {"1.8874ms+143.8us/row", "1:2ms,8:3ms,32:6.5ms"}) {
    EXPECT_EQ(canonical(text), text);
    EXPECT_TRUE(parse_device(text)->is_plain());
  }
}

TEST(DeviceText, ReadsBackAsTheSameDevice) {
  const std::string memory =
      "1ms+0ns/row,memory=16GiB,fraction=0.4,growth=true,weights=98MiB,row_bytes=1KiB,"
      "weights@bert=400MiB,row_bytes@bert=3B,weights@resnet=0B";
  for (const std::string& text :
       {std::string("1ms+50us/row,h2d=20us+3us/row,d2h=1:5us,8:9us"),
        std::string("1ms+50us/row,d2h=1:5us,8:9us,host=6us+0ns/row,wake=12.5us"),
        std::string("1:2ms@50/3ms@99,8:3ms@50/5ms@99.9,extrapolate=linear"),
        std::string("1ms+0ns/row,sharing=equal"),
        std::string("1ms+0ns/row,jitter=0.98@0/1@50/1.3@99.99"),
        std::string("1ms+0ns/row,first=1.5s"), std::string("1ms+0ns/row,sharing=2:1.57,3:2.2"),
        memory}) {
    EXPECT_EQ(canonical(text), text);
    EXPECT_FALSE(parse_device(text)->is_plain()) << text;
  }
}

TEST(DeviceText, HasOneSpellingOnly) {
  EXPECT_EQ(canonical("1000us+0ns/row,row_bytes=1024B,memory=1024MiB,sharing=serial"),
            "1ms+0ns/row,memory=1GiB,row_bytes=1KiB");
}

TEST(DeviceText, TermsReplaceThoseOfABundledName) {
  EXPECT_EQ(canonical("v100-resnet50"), "1.8874ms+143.8us/row");
  EXPECT_EQ(canonical("p4-resnet50,sharing=equal"), "1.4284ms+583.3us/row,sharing=equal");
  EXPECT_THAT(canonical("1080ti-resnet50,memory=2GiB"), HasSubstr("memory=2GiB,weights=1164MiB"));
}

TEST(DeviceText, BundledTextsAreCanonicalAndCoverOneRow) {
  for (const BundledDevice& bundled : bundled_devices()) {
    EXPECT_EQ(canonical(std::string(bundled.name)), bundled.spec);
    EXPECT_TRUE(parse_device(bundled.spec)->covers(1)) << bundled.name;
  }
}

// What the source's table gives for one batch: its times per row, times the rows.
TEST(DeviceText, BundledTableIsThatOfItsSource) {
  const DeviceDescription device = *parse_device("1080ti-resnet50");
  EXPECT_EQ(device.compute.time(32).count(), 32 * 1'891'000);
  EXPECT_EQ(device.to_device->time(32).count(), 32 * 108'000);
  EXPECT_EQ(device.compute.time(256).count(), 256 * 1'837'000);
  // Used at 32 rows there: 2188 MiB.
  const std::uint64_t bytes = *device.memory.common.weights + 32 * *device.memory.common.row_bytes;
  EXPECT_EQ(bytes >> 20, 2188u);
}

TEST(DeviceText, RefusesWrongTermsAndSaysWhatIsExpected) {
  const std::pair<const char*, const char*> wrong[] = {
      {"v100-resnet", "did you mean v100-resnet50?"},
      {"1ms+0ns/row,shering=equal", "did you mean sharing?"},
      {"1ms+0ns/row,sharing=none", "expected serial, equal"},
      {"1ms+0ns/row,sharing=3:2", "n from 2 on"},
      {"1ms+0ns/row,sharing=2:0.999999", "at least 1 time"},
      {"1ms+0ns/row,sharing=equal,sharing=equal", "'sharing' twice"},
      {"1ms+0ns/row,h2d=fast", "GPU term 'h2d'"},
      {"1ms+0ns/row,jitter=1@50/0.9@99", "rising"},
      {"1ms+0ns/row,jitter=1@50/1.1@50", "rising"},
      {"1ms+0ns/row,jitter=0@50", "rising"},
      {"1ms+0ns/row,jitter=1@100.1", "rising"},
      {"1ms+0ns/row,first=0ns", "between 1ns and 1h"},
      {"1ms+0ns/row,wake=0ns", "between 1ns and 1h"},
      {"1ms+0ns/row,host=fast", "GPU term 'host': "},
      {"1ms+0ns/row,extrapolate=cubic", "extrapolate=linear"},
      {"1:1ms,extrapolate=linear", "two points"},
      {"1:1ms@50/2ms@99,8:3ms,jitter=1@50", "one draw"},
      {"1ms+0ns/row,memory=0GiB", "more than 0"},
      {"1ms+0ns/row,memory=16", "16GiB"},
      {"1ms+0ns/row,memory=1025TiB", "at most 1024TiB"},
      {"1ms+0ns/row,memory=1GiB,fraction=1.000001", "to 1"},
      {"1ms+0ns/row,memory=1GiB,growth=yes", "true or false"},
      {"1ms+0ns/row,memory=1GiB,weights@=1B", "name of a model"},
      {"1ms+0ns/row,memory=1GiB,growth@bert=true", "expected h2d"},
      {"1ms+0ns/row,weights=1MiB", "without memory="},
      {"1ms+0ns/row,", "/row"},
  };
  for (const auto& [text, expected] : wrong) {
    EXPECT_THAT(canonical(text), HasSubstr(expected)) << text;
    EXPECT_THAT(canonical(text), HasSubstr("refused: ")) << text;
  }
}

// Whatever is said is refused, or is a device whose text says the same.
TEST(DeviceText, SurvivesAnyEditOfAText) {
  const std::string texts[] = {
      "1:2ms@50/3ms@99,8:3ms,extrapolate=linear,h2d=20us+3us/row,sharing=2:1.57,3:2.2",
      "1.5ms+50us/row,jitter=0.98@0/1@50/1.3@99.99,first=1.5s,d2h=1:5us,8:9us,sharing=equal",
      "1ms+0ns/row,memory=16GiB,fraction=0.4,growth=true,weights=98MiB,row_bytes@bert=3B"};
  constexpr std::string_view kLetters = "0123456789.,:=@/+-msurowneGiBMT ";
  Prng prng(1, "device-text");
  int accepted = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text = texts[prng.below(3)];
    for (std::uint64_t edits = 1 + prng.below(3); edits > 0; --edits) {
      const std::size_t at = prng.below(text.size());
      const char letter = kLetters[prng.below(kLetters.size())];
      if (prng.below(2) == 0) {
        text.insert(at, 1, letter);
      } else {
        text.at(at) = letter;
      }
    }
    const Result<DeviceDescription> device = parse_device(text);
    if (device) {
      ++accepted;
      ASSERT_EQ(canonical(device_text(*device)), device_text(*device)) << text;
    }
  }
  EXPECT_GT(accepted, 1000);
}

TEST(DeviceText, MemoryBudgetIsAFractionOfTheTotalAndZeroMeansAll) {
  EXPECT_EQ(parse_device("1ms+0ns/row,memory=1000B,fraction=0.4005")->memory.budget(), 400u);
  EXPECT_EQ(parse_device("1ms+0ns/row,memory=1000B,fraction=0")->memory.budget(), 1000u);
  EXPECT_EQ(parse_device("1ms+0ns/row,memory=1000B")->memory.budget(), 1000u);
}

}  // namespace
}  // namespace lockstep
