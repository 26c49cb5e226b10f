// Options as text: what is understood, what it becomes, what is refused.
#include "core/schedulers/options.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/registry.h"

namespace lockstep {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr std::array<std::string_view, 2> kColours = {"RED", "GREEN"};

OptionInfo option(OptionType type) {
  return OptionInfo{.name = "knob",
                    .unit = "rows",
                    .default_text = "",
                    .help = "",
                    .type = type,
                    .choices = kColours};
}
std::string canonical(OptionType type, std::string_view text) {
  const Result<std::string> value = canonical_option(option(type), text);
  return value ? *value : value.error().message;
}

TEST(Option, IntegersAreInt64) {
  EXPECT_EQ(canonical(OptionType::kInteger, "007"), "7");
  EXPECT_EQ(canonical(OptionType::kInteger, "9223372036854775807"), "9223372036854775807");
  for (const char* wrong : {"9223372036854775808", "", "7 ", "+7", "7.0", "1e3", "0x7", "2ms"}) {
    EXPECT_EQ(canonical(OptionType::kInteger, wrong),
              "found knob '" + std::string(wrong) + "', expected a whole number of rows");
  }
}

TEST(Option, FlagsAreTrueOrFalse) {
  EXPECT_EQ(canonical(OptionType::kFlag, "on"), "true");
  EXPECT_EQ(canonical(OptionType::kFlag, "0"), "false");
  EXPECT_EQ(canonical(OptionType::kFlag, "maybe"), "found knob 'maybe', expected true or false");
}

TEST(Option, ChoicesAreSpelledExactly) {
  EXPECT_EQ(canonical(OptionType::kChoice, "GREEN"), "GREEN");
  EXPECT_EQ(canonical(OptionType::kChoice, "green"), "found knob 'green', expected RED or GREEN");
}

TEST(Option, SizesAreAListWithCommas) {
  EXPECT_EQ(canonical(OptionType::kSizes, " 08, 32 "), "8,32");
  EXPECT_EQ(canonical(OptionType::kSizes, ""), "");
  for (const char* wrong : {"8,,32", "8,", ",8", "8 32", "8,x"}) {
    EXPECT_EQ(canonical(OptionType::kSizes, wrong),
              "found knob '" + std::string(wrong) + "', expected sizes such as 8,16,32");
  }
}

TEST(Option, DecimalsAreKeptExactly) {
  EXPECT_EQ(canonical(OptionType::kDecimal, "2.50"), "2.5");
  EXPECT_EQ(canonical(OptionType::kDecimal, "3"), "3");
  EXPECT_EQ(canonical(OptionType::kDecimal, "-0.000000001"), "-0.000000001");
  EXPECT_EQ(option_decimal_e9({{"knob", "0.5"}}, "knob"), 500'000'000);
  for (const char* wrong : {".5", "5.", "1e3", "0.0000000001", "nan", "10000000000"}) {
    EXPECT_FALSE(canonical_option(option(OptionType::kDecimal), wrong)) << wrong;
  }
}

TEST(Option, AnAbsentOneMayFollowAnother) {
  const SchedulerInfo& info = *find_scheduler("tf-shared");
  const Result<OptionValues> values = complete_options(info, {{"max_batch_size", "48"}}, 8);
  ASSERT_TRUE(values);
  EXPECT_EQ(option_integer(*values, "max_execution_batch_size"), 48);
}

TEST(Option, SettingsNameTheBasicOnesAndWhateverDiffersFromItsDefault) {
  const SchedulerInfo& info = *find_scheduler("tf-shared");
  const Result<OptionValues> values =
      complete_options(info, {{"allowed_batch_sizes", "8,16"}, {"max_batch_size", "16"}}, 6);
  ASSERT_TRUE(values);
  EXPECT_THAT(recorded_options(info, *values),
              ElementsAre(Pair("max_batch_size", "16"), Pair("batch_timeout_micros", "0"),
                          Pair("max_enqueued_batches", "10"), Pair("num_batch_threads", "6"),
                          Pair("allowed_batch_sizes", "8,16")));
}

TEST(Option, AQueueHasItsOwnOrTheCommonOnes) {
  const SchedulerInfo& info = *find_scheduler("tf-shared");
  const Result<OptionValues> common = complete_options(info, {{"max_batch_size", "16"}}, 6);
  ASSERT_TRUE(common);
  const Result<OptionValues> own =
      complete_queue_options(info, {{"batch_timeout_micros", "5"}}, *common);
  ASSERT_TRUE(own);
  EXPECT_EQ(option_integer(*own, "max_batch_size"), 16);
  EXPECT_EQ(option_integer(*own, "batch_timeout_micros"), 5);
  const Result<OptionValues> threads =
      complete_queue_options(info, {{"num_batch_threads", "5"}}, *common);
  ASSERT_FALSE(threads);
  EXPECT_EQ(threads.error().message,
            "found option 'num_batch_threads' for one queue, expected it for the whole scheduler");
}

}  // namespace
}  // namespace lockstep
