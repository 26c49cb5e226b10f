#include "traces/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "tests/traces/scratch_directory.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

Manifest small_manifest() {
  Manifest manifest;
  manifest.lockstep_version = "0.1.0";
  manifest.rules_version = "1";
  manifest.seed = UINT64_MAX;
  manifest.scheduler = "tf-shared";
  manifest.lane_count = 4;
  manifest.settings = {{"max_batch_size", "16"}, {"batch_timeout_micros", "5000"}, {"gpu", "1ms"}};
  manifest.queue_names = {"queue"};
  manifest.digest = 0xab;
  manifest.settings_digest = settings_digest(manifest);
  manifest.trace = {.name = "t.csv", .format = "lockstep", .rows = 3, .content_digest = UINT64_MAX};
  return manifest;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

std::string error_of(const std::string& text) {
  const auto manifest = parse_manifest("m.json", text);
  return manifest ? "no error" : manifest.error().message;
}

TEST(Manifest, HasStableText) {
  Manifest manifest = small_manifest();
  manifest.settings_digest = 1;
  EXPECT_EQ(manifest_text(manifest), R"({
  "format": 1,
  "lockstep_version": "0.1.0",
  "rules_version": "1",
  "digest": "00000000000000ab",
  "settings_digest": "0000000000000001",
  "seed": 18446744073709551615,
  "scheduler": "tf-shared",
  "lane_count": 4,
  "gpu_count": 1,
  "settings": {
    "max_batch_size": "16",
    "batch_timeout_micros": "5000",
    "gpu": "1ms"
  },
  "trace": {
    "name": "t.csv",
    "format": "lockstep",
    "rows": 3,
    "content_digest": "ffffffffffffffff"
  },
  "queue_names": [
    "queue"
  ],
  "manifest_digest": "6de55a65d488d485"
}
)");
}

TEST(Manifest, KeepsWarningsAboutTheConfiguration) {
  Manifest manifest = small_manifest();
  const std::string without = manifest_text(manifest);
  EXPECT_THAT(without, testing::Not(HasSubstr("warnings")));
  manifest.warnings = {"b.txt:5:1: \"wide\" gaps", "command line:1:3: ignored"};
  const std::string text = manifest_text(manifest);
  EXPECT_THAT(text, HasSubstr("\n  \"warnings\": [\n    \"b.txt:5:1: \\\"wide\\\" gaps\",\n    "
                              "\"command line:1:3: ignored\"\n  ],\n"));
  EXPECT_EQ(parse_manifest("m.json", text)->warnings, manifest.warnings);
  EXPECT_TRUE(parse_manifest("m.json", without)->warnings.empty());
  EXPECT_EQ(settings_digest(manifest), settings_digest(small_manifest()));
  EXPECT_EQ(error_of(replaced(text, "\"command line:1:3: ignored\"", "7")),
            "m.json: warnings: found 7, expected a text");
  EXPECT_THAT(
      error_of(replaced(without, "  \"queue_names\"", "  \"warnings\": {},\n  \"queue_names\"")),
      HasSubstr("m.json: warnings: found {}, expected a list of texts"));
}

TEST(Manifest, NoByteCanChangeUnseen) {
  const std::string text = manifest_text(small_manifest());
  EXPECT_TRUE(is_intact_manifest(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string edited = text;
    edited[i] = static_cast<char>(edited[i] ^ 1);
    EXPECT_FALSE(is_intact_manifest(edited)) << "byte " << i << " of\n" << text;
    EXPECT_FALSE(is_intact_manifest(text.substr(0, i)));
  }
  EXPECT_FALSE(is_intact_manifest(text + " "));
}

TEST(Manifest, UnknownKeysAreRefusedByName) {
  const std::string text = manifest_text(small_manifest());
  EXPECT_THAT(error_of(replaced(text, "  \"seed\"", "  \"sead\": 1,\n  \"seed\"")),
              AllOf(HasSubstr("m.json: \"sead\": found an unknown key"),
                    HasSubstr("(did you mean seed?)")));
  EXPECT_THAT(
      error_of(replaced(text, "    \"rows\"", "    \"host\": 1,\n    \"rows\"")),
      HasSubstr("m.json: trace.\"host\": found an unknown key, expected name, format, rows"));
}

TEST(Manifest, IsReadOnlyAsItWasWritten) {
  const ScratchDirectory directory;
  ASSERT_TRUE(write_manifest(directory.path(), small_manifest()));
  EXPECT_TRUE(read_manifest(directory.path()));
  directory.edit("manifest.json", "t.csv", "u.csv");
  EXPECT_THAT(read_manifest(directory.path()).error().message,
              HasSubstr("manifest.json: found an altered file"));
}

TEST(Manifest, ReadsBackAsTheSameBytes) {
  const std::string text = manifest_text(small_manifest());
  const auto manifest = parse_manifest("m.json", text);
  ASSERT_TRUE(manifest) << manifest.error().message;
  EXPECT_EQ(manifest_text(*manifest), text);
  EXPECT_EQ(settings_digest(*manifest), manifest->settings_digest);
}

TEST(Manifest, SettingsDigestIsOverTheirLinesInOrder) {
  ByteDigest expected;
  expected.add("max_batch_size=16\nbatch_timeout_micros=5000\ngpu=1ms\n");
  EXPECT_EQ(settings_digest(small_manifest()), expected.value());
}

TEST(Manifest, NamesAMissingOrWrongKey) {
  const std::string text = manifest_text(small_manifest());
  EXPECT_EQ(error_of(replaced(text, "\"lane_count\": 4,", "")),
            "m.json: lane_count: found no such key, expected a whole number from 1 to 4096");
  EXPECT_EQ(error_of(replaced(text, "\"lane_count\": 4,", "\"lane_count\": 0,")),
            "m.json: lane_count: found 0, expected a whole number from 1 to 4096");
  EXPECT_EQ(error_of(replaced(text, "\"rows\": 3", "\"rows\": -3")),
            "m.json: trace.rows: found -3, expected a whole number from 0 to "
            "18446744073709551615");
  EXPECT_EQ(error_of(replaced(text, "\"16\"", "16")),
            "m.json: settings: found 16 for max_batch_size, expected a text");
  EXPECT_EQ(error_of(replaced(text, "00000000000000ab", "AB")),
            "m.json: digest: found \"AB\", expected 16 lower-case hex digits");
  EXPECT_THAT(error_of(replaced(text, "\"format\": 1", "\"format\": 2")),
              HasSubstr("m.json: format: found 2"));
  EXPECT_THAT(error_of(replaced(text, "    \"queue\"", "    \"a,b\"")),
              HasSubstr("m.json: queue_names: found \"a,b\""));
}

TEST(Manifest, BrokenJsonIsFoundWhereItBreaks) {
  EXPECT_EQ(error_of("{\n  \"format\": 1,\n  }"),
            "m.json:3:3: found broken JSON, expected a manifest as lockstep writes it");
  EXPECT_EQ(error_of(""),
            "m.json:1:1: found broken JSON, expected a manifest as lockstep writes it");
  EXPECT_EQ(error_of("[]"), "m.json:1:1: found another JSON value, expected an object");
  const std::string text = manifest_text(small_manifest());
  for (std::size_t length = 0; length + 2 < text.size(); length += 7) {
    EXPECT_THAT(error_of(text.substr(0, length)), HasSubstr("found broken JSON"));
  }
}

TEST(Manifest, ADirectoryWithoutOneIsNoRun) {
  const ScratchDirectory directory;
  const auto manifest = read_manifest(directory.path());
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().message,
            directory.path() +
                ": found no manifest.json, expected a run directory (made by lockstep replay)");
  ASSERT_TRUE(write_manifest(directory.path(), small_manifest()));
  EXPECT_TRUE(read_manifest(directory.path()));
}

}  // namespace
}  // namespace lockstep
